"""Discovery, advertisements, IKE and bindings in any order: no rule may crash, and every event finds its record."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.ladder import play

marks = st.sampled_from(["", "", "", " malformed", " cut", " relayed"])
names = st.sampled_from(["", " name=www.example.org", " name=a.ha-apn.example", " name=."])
request = st.builds(
    "UE -> NET DHCPV6 {}{}{}".format,
    st.sampled_from(["Information-Request", "Solicit", "Release"]),
    st.sampled_from(
        ["", " hnidf=", " hnidf=ims", " without HNIDF", " draft=0", " draft=1 without HNIDF", " asks=23", " xid=1"]
    ),
    marks,
)
reply = st.builds(
    "NET -> UE DHCPV6 {}{}{}".format,
    st.sampled_from(["Reply", "Advertise"]),
    st.sampled_from(
        ["", " fqdn=", " agents=", " agents=198.51.100.1", " agents=2001:db8:b::1 fqdn=", " empty", " xid=9"]
    ),
    marks,
)
query = st.builds(
    "UE -> NET DNS query{} type={}{}".format, names, st.sampled_from(["A", "AAAA", "ANY", "A,AAAA", "SRV"]), marks
)
answer = st.builds(
    "NET -> UE DNS answer{}{}{}".format,
    names,
    st.sampled_from(["", " address=", " address=2001:db8:b::1,2001:db8:b::2", " rcode=3 address=", " truncated"]),
    marks,
)
advertisement = st.sampled_from(
    ["NET -> UE RA", "NET -> UE RA foreign", "NET -> UE RA life=0", "NET -> UE RA prefix=::/0", "NET -> UE2 RA"]
)
other = st.sampled_from(
    [
        "ATTACH",
        "UE -> HA IKE_SA_INIT request",
        "UE -> HA2 IKE_SA_INIT request",
        "UE -> HA IKE_AUTH request 1 sealed",
        "UE -> HA BU",
        "UE -> HA BU via=home",
        "UE -> HA BU via=home life=0",
        "UE -> HA BU via=ipv4 with BID(1 pri=5)",
        "HA -> UE BA",
        "UE -> HA ESP sealed",
        "repeat",
    ]
)
lines = st.lists(st.one_of(request, reply, query, answer, advertisement, other), min_size=1, max_size=20)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines)
def test_no_order_of_discovery_crashes_a_rule(steps: list[str]) -> None:
    shown = ["    0.0 UE -> NET DHCPV6 Information-Request"]
    shown += [f"    {n + 1}.0 {step}" for n, step in enumerate(steps)]
    played = play("\n".join([*shown, "    90.0 END"]))
    assert [f.rule + ": " + f.reason for f in played.findings if "crashed" in f.reason] == []
