"""Mobility Headers in any order, over any access, whole or not: no rule on registration may crash."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.ladder import play

OPTIONS = (
    "ALTCOA=2001:db8:a::9",
    "IP4HOA",
    "IP4HOA=10.64.0.77",
    "IP4COA=0.0.0.0",
    "IP4ACK(0 10.64.0.9)",
    "IP4ACK(132)",
    "NAT(F refresh=110)",
    "NAT",
    "BRA=60",
    "BID(1 pri=5)",
    "BID(2 pri=0 coa=none)",
    "BID(1 status=129)",
    "FID(1 pri=3 bids=1)",
    "FID(1 pri=0 bids=none ts=none)",
    "FID(2 pri=3 bids=9,9 ts=unknown+cut)",
    "FID(1 status=129)",
    "FIDS(1 2)",
    "BAD(35)",
    "BAD(45)",
    "BAD(3)",
    "BINDAUTH",
    "P200",
)
chosen = st.lists(st.sampled_from(OPTIONS), max_size=5).map(" ".join)
brackets = st.one_of(st.just(""), chosen.map("[{}]".format), chosen.map(lambda words: f"with {words}" if words else ""))
via = st.sampled_from(["", " via=ipv6", " via=ipv4", " via=nat", " via=home"])
mark = st.sampled_from(["", "", " clear", " tunnelmode", " spi=0x77", " hao=none", " cut", " malformed", " flags=P"])
life = st.sampled_from(["", "", " life=0", " life=8"])
update = st.builds("UE -> {} BU{}{}{} {}".format, st.sampled_from(["HA", "HA", "HA2"]), via, life, mark, brackets)
answer = st.builds(
    "HA -> UE BA{}{} {}".format, life, st.sampled_from(["", "", " status=1", " status=128", " status=144"]), brackets
)
other = st.sampled_from(
    [
        "UE -> HA DATA n=3 for=9",
        "HA -> UE DATA inner=ipv4",
        "UE -> HA ESP sealed",
        "HA -> UE ESP sealed",
        "UE -> HA CREATE_CHILD_SA request 9",
        "UE -> HA INFORMATIONAL request 8 [D(IKE)]",
        "HA -> UE INFORMATIONAL request 3 [D(ESP 0x1001)]",
        "repeat",
    ]
)
starts = st.sampled_from(["ATTACH", "ATTACH until IKE_AUTH 2", "ATTACH until IKE_AUTH 3", "UE -> HA BU"])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(starts, st.lists(st.one_of(update, update, answer, answer, other), min_size=1, max_size=12))
def test_no_order_of_mobility_messages_crashes_a_rule(start: str, steps: list[str]) -> None:
    shown = [f"    {at:.1f} {step}" for at, step in enumerate([start, *steps])]
    played = play("\n".join([*shown, "    99.0 END"]) + "\n")
    assert [f.reason for f in played.findings if "crashed" in f.reason] == []
