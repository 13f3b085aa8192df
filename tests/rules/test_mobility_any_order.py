"""Updates, acknowledgements and data in any order, right or wrong: every rule must stand it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.ladder import play

CHANGES = (
    "",
    "with IP4HOA",
    "with BID(1 pri=5)",
    "with BID(1 pri=5 coa=none)",
    "with BID(2 pri=6) FID(1 pri=3 bids=2 ts=ipv6:port=443)",
    "with BID(2 pri=6) FIDS(1) FID(0 pri=3 bids=2 ts=unknown)",
    "with NAT(F refresh=20)",
    "with IP4ACK(132)",
    "without NAT",
    "with BAD(29)",
    "with BAD(35) BAD(45) BAD(3 overrun)",
    "malformed",
    "cksum=bad",
    "cksum=unknown cut",
    "hao=none rh2=none",
    "rh2=2001:db8:1:2::77 hoa=2001:db8:1:2::55",
    "coa=2001:db8:77::1",
    "life=0",
    "life=20",
    "status=135",
    "status=129",
    "seq=5",
    "seq=40000",
    "via=nat",
    "via=ipv4",
    "via=ipv6",
    "via=home",
    "clear",
    "encap=udp",
    "encap=tlv",
    "encap=ipv4",
    "tunnelmode spi=0x99",
)
DATA = (
    "",
    "n=5 for=3",
    "n=50 for=100 inner=ipv4",
    "encap=udp",
    "encap=tlv inner=ipv4 src=10.0.0.1",
    "encap=ipv4",
    "coa=203.0.113.77",
    "coa=2001:db8:77::1",
)
SINGLE = (
    "PACKET sport=443 dport=5",
    "PACKET sport=5 dport=443 coa=2001:db8:77::1",
    "PACKET proto=17 inner=ipv4",
    "DHCP6 msg=SOLICIT pd=::/70",
    "DHCP6 msg=REPLY outside",
    "DHCP4 msg=INFORM",
    "ESP",
    "ESP sealed",
)
ways = st.sampled_from(["UE -> HA", "HA -> UE", "UE2 -> HA", "HA -> UE2"])
messages = st.builds("{} {} {}".format, ways, st.sampled_from(["BU", "BA", "MH"]), st.sampled_from(CHANGES))
usual = st.builds("UE -> HA BU {}".format, st.sampled_from(CHANGES))
answers = st.builds("HA -> UE BA {}".format, st.sampled_from(CHANGES))
data = st.builds("{} DATA {}".format, ways, st.sampled_from(DATA))
single = st.builds("{} {}".format, ways, st.sampled_from(SINGLE))
lines = st.lists(st.one_of(usual, answers, usual, answers, messages, data, single), min_size=1, max_size=15)
gaps = st.lists(st.sampled_from([0.01, 1, 3, 40, 200]), min_size=15, max_size=15)
begin = st.sampled_from(["ATTACH", "ATTACH until IKE_AUTH 3", "UE -> HA ESP sealed"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(begin, lines, gaps)
def test_no_order_of_mobility_messages_and_data_crashes_a_rule(
    first: str, steps: list[str], waits: list[float]
) -> None:
    at, shown = 1.0, [f"    0.0 {first}"]
    for step, wait in zip(steps, waits, strict=False):
        at += wait
        shown.append(f"    {at:.2f} {step}")
        at += 100 if "for=100" in step else 3 if "for=3" in step else 0
    played = play("\n".join([*shown, f"    {at + 1000:.2f} END"]) + "\n")
    assert [f.reason for f in played.findings if "crashed" in f.reason] == []
