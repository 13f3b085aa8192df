"""Violations of Mobile IPv6, DSMIPv6, flow bindings and ESP: clauses 5.1.2.3, 5.1.2.4, 5.1.3.2, base protocols."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

from tests.independent import ike as i
from tests.independent import mip as m
from tests.independent.attach import attach, auth, child, delete_ike, init
from tests.independent.compliant import HOME4
from tests.independent.courses import OTHER6, ifom_start, start, to_other
from tests.independent.moves import (
    CLIENT,
    PEER4,
    PEER6,
    ba,
    bu,
    data,
    keepalive,
    noise,
    packet_of,
    put_data,
    ra,
    register,
    user_packet,
    with_ra,
)  # fmt: skip
from tests.independent.run import Access, Habits, Run, access4, access6, behind_nat, ue
from tests.independent.violations import (
    broken,
    course,
    flags_off,
    flags_on,
    gone,
    of,
    other_option,
    with_option,
    without_option,
)  # fmt: skip
from tests.independent.wire import addr, icmp6, ip6, udp

A, B, C = "ipv6", "nat", "many proposals, aead"
E, F = "ipv4 without nat", "pcapng ns, vlan, gcm"
AT_HA = {"capture_point": "ha"}

# 5.1.2.2
broken("UE-5.1.2.2-21", "bu", A, E, bu=of(protected=False), also="HA-5.1.3.2-18")
broken("HA-5.1.2.2-22", "ba", F, B, ba=of(protected=False), also="UE-5.1.2.4-25")

# 5.1.2.3


@course("UE-5.1.2.3-01", "bu", capture_point="ue")
def _(r: Run) -> None:
    """no home link detection"""
    u = ue(access6())
    attach(r, u)
    register(r, u)
    data(r, u)


@course("UE-5.1.2.3-01", "bu")
def _(r: Run) -> None:
    """the Router Advertisement after the Binding Update"""
    u = ue(access6())
    attach(r, u)
    register(r, u)
    with_ra(r, u)
    data(r, u)


@course("UE-5.1.2.3-02", "bu")
def _(r: Run) -> None:
    """registers on the home link"""
    u = ue(access6())
    u.access = Access(addr(int(u.prefix) | 0x99))
    ra(r, u.prefix)
    attach(r, u)
    register(r, u)


@course("UE-5.1.2.3-03", "ra", nth=1)
def _(r: Run) -> None:
    """back home, not de-registered"""
    u = start(r, access6())
    data(r, u)
    r.wait(5)
    ra(r, u.prefix)
    r.wait(60)
    noise(r)


@course("UE-5.1.2.3-03", "bu_home")
def _(r: Run) -> None:
    """back home, registers with a lifetime"""
    u = start(r, access6())
    r.wait(5)
    ra(r, u.prefix)
    bu(r, u, life=100, at_home=True, tag="bu_home")
    ba(r, u)
    r.wait(60)
    noise(r)


@course("UE-5.1.2.3-05", "", also="UE-5.1.2.4-01")
def _(r: Run) -> None:
    """no registration though abroad, after an RA"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    r.wait(60)
    noise(r)


@course("UE-5.1.2.4-01", "child_done")
def _(r: Run) -> None:
    """no registration though abroad"""
    u = ue(access4())
    attach(r, u)
    r.wait(60)
    noise(r)


@course("UE-5.1.2.4-02", "bu")
def _(r: Run) -> None:
    """IPv4 first though there is IPv6"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    u.access = access4()
    register(r, u)
    data(r, u)


# 5.1.2.4, the Binding Update
broken(
    "UE-5.1.2.4-03",
    "bu",
    A,
    F,
    bu=of(outer_dst=addr("2001:db8:ffff::2"), dst=addr("2001:db8:ffff::2")),
    also="RFC4877-01",
)
broken("UE-5.1.2.4-04", "bu", A, bu=flags_off(m.H))
broken("UE-5.1.2.4-04", "bu", F, bu=flags_off(m.A))
broken("UE-5.1.2.4-05", "bu", F, "xfrm, chacha", bu=other_option(29, m.ip4_home(addr("10.64.0.77"))[1]))
broken("UE-5.1.2.4-06", "bu", A, F, bu=without_option(3))
broken("UE-5.1.2.4-07", "bu", A, F, bu=other_option(3, addr("2001:db8:55::1").packed), also="HA-5.1.3.2-01")
broken("UE-5.1.2.4-09", "bu", E, bu=of(encap="v4"))
broken("UE-5.1.2.4-09", "bu", B, bu=of(dport=4190))
broken("UE-5.1.2.4-09", "bu", C, bu=of(src=addr("2001:db8:33::1")), also="RFC4877-01 HA-5.1.3.2-18")
broken("UE-5.1.2.4-10", "bu", B, E, bu=of(outer_dst=addr("192.0.2.99")))
broken("UE-5.1.2.4-11", "bu", B, E, bu=without_option(32))
broken(
    "UE-5.1.2.4-11",
    "bu",
    E,
    bu=other_option(32, b"\0\0" + addr("224.0.0.5").packed),
    also="HA-5.1.3.2-08 HA-5.1.3.2-09 HA-5.1.3.2-15",
)
broken("UE-5.1.2.4-13", "bu", B, bu=flags_off(m.A))
broken("UE-5.1.2.4-13", "bu", E, bu=flags_off(m.H))
broken("UE-5.1.2.4-14", "bu", B, E, bu=flags_on(m.F))
broken("UE-5.1.2.4-15", "bu", B, E, bu=flags_off(m.R))
broken("UE-5.1.2.4-16", "bu", B, E, bu=other_option(29, m.ip4_home(addr("10.64.0.77"))[1]))

# IP flow mobility
I2 = "flows on two accesses"
broken("UE-5.1.2.4-08", "bu", I2, bu=lambda x: with_option(m.alternate(addr("2001:db8:71::99")))(x) if x.hao else x)
broken(
    "UE-5.1.2.4-12", "bu", I2, nth=1, bu=lambda x: x if x.hao else with_option(m.ip4_care_of(addr("198.51.100.44")))(x)
)
broken("UE-5.1.2.4-17", "bu", I2, bu=flags_off(m.O))
broken(
    "UE-5.1.2.4-19",
    "bu",
    I2,
    bu=lambda x: other_option(35, lambda b: b[:3] + bytes([b[3] & 0x80]) + b[4:])(x) if x.sequence == 1 else x,
)
SELECTOR = m.chosen(m.selector4(src=PEER4, proto=6))


def flow_course(
    rule: str,
    flow_option: Any,
    also: str = "",
    *,
    at: str = "bu_flow",
    extra: Any = None,
    kind: int = 35,
    doc: str = "",
) -> None:
    def play(r: Run) -> None:
        u = ifom_start(r)
        r.wait(2)
        options = flow_option if isinstance(flow_option, list) else [flow_option]
        bu(r, u, bids=[m.bid(1, 5, u.access.address)] if extra is None else extra, more=options, tag="bu_flow")
        ba(r, u)
        r.wait(1)

    play.__doc__ = doc or repr(flow_option)[:40]
    course(rule, at, also=also)(play)


flow_course("UE-5.1.2.4-20", m.flow(7, 10, m.reference(1)), doc="no selector")
flow_course("UE-5.1.2.4-21", m.flow(7, 0, m.reference(1), SELECTOR), doc="priority 0")
flow_course(
    "UE-5.1.2.4-21",
    [m.flow(7, 5, m.reference(1), SELECTOR), m.flow(8, 5, m.reference(1), m.chosen(m.selector4(dport=80)))],
    doc="one priority twice",
)
flow_course("UE-5.1.2.4-22", m.flow(7, 10, SELECTOR), doc="no binding reference")
flow_course("UE-5.1.2.4-23", m.flow(7, 10, m.reference(9), SELECTOR), doc="an unknown BID")
flow_course("UE-5.1.2.4-24", m.flow(7, 10, m.reference(1), m.chosen(m.selector4(src=PEER4), 7)), doc="unknown format")
flow_course("UE-5.1.2.4-24", m.flow(7, 10, m.reference(1), m.chosen(m.selector4(src=PEER4)[:-1])), doc="cut selector")
flow_course("UE-5.1.2.4-24", m.flow(7, 10, m.reference(1), m.chosen(m.selector4(sport=(90, 80)))), doc="inverted range")
flow_course("RFC6089-01", m.flow(0, 10, m.reference(1), SELECTOR), doc="FID 0")
flow_course("RFC6089-01", m.flow(7, 10, m.reference(1), SELECTOR, status=131), doc="a status in a BU")
flow_course(
    "RFC6089-01",
    (45, struct.pack("!HHBB", 7, 10, 0, 0) + m.reference(1) + SELECTOR + b"\x02\x09\0"),
    doc="sub-options that do not tile",
)
flow_course("RFC5648-01", [], extra=[m.bid(0, 5, addr("2001:db8:71::99"))], doc="BID 0")
flow_course("RFC5648-01", [], extra=[m.bid(1, 5, addr("2001:db8:71::99"), status=7)], doc="a status in a BU")
flow_course(
    "RFC5648-01",
    [],
    extra=[(35, struct.pack("!HBB", 1, 0, 5) + bytes(7))],
    doc="a length that does not exist",
    also="UE-5.1.2.4-06",
)
flow_course("RFC5648-01", [], extra=[m.bid(1, 5)], doc="no care-of address", also="UE-5.1.2.4-06")
broken("HA-5.1.3.2-12", "ba", I2, ba=without_option(35))
broken("HA-5.1.3.2-12", "ba", I2, ba=other_option(35, lambda b: b"\0\x63" + b[2:]))
broken("HA-5.1.3.2-13", "ba", I2, nth=1, ba=without_option(45), also="UE-5.1.2.4-20")


@course("UE-5.1.2.4-18", "bu", also="UE-5.1.2.4-23")
def _(r: Run) -> None:
    """a FID without BID"""
    u = ue(access6(), Habits(ifom=True))
    with_ra(r, u)
    attach(r, u)
    bu(r, u, more=[m.flow(7, 10, m.reference(1), SELECTOR)], flags=m.A | m.H | m.K | m.R | m.O)
    ba(r, u)
    r.wait(1)


broken(
    "UE-5.1.2.4-18",
    "bu",
    I2,
    also="UE-5.1.2.4-06 UE-5.1.2.4-23 HA-5.1.3.2-12 RFC5648-01 RFC6088-01 HA-5.1.3.2-14",
    bu=lambda x: with_option(m.flow(3, 3, m.reference(1), SELECTOR))(without_option(35)(x)) if x.sequence == 1 else x,
)


@course("UE-5.1.2.4-36", "bu_again", also="UE-5.1.2.4-23")
def _(r: Run) -> None:
    """refers to a refused BID"""
    u = ifom_start(r)
    wifi = access4(44)
    bu(r, u, access=wifi, bids=[m.bid(2, 9, wifi.address)])
    ba(r, u, status=4, more=[m.bid(2, 0, status=129)], before=[])
    r.sent.pop()
    message = ba(r, u, status=4, tag="ba_refused")
    message.options = [m.bid(2, 0, status=129)]
    r.sent.pop()
    r.put(packet_of(r, u, message, "ha"), "ba_refused")
    r.wait(1)
    bu(r, u, bids=[m.bid(1, 5, u.access.address)], more=[m.flow(7, 10, m.reference(2), SELECTOR)], tag="bu_again")
    ba(r, u)
    r.wait(1)


@course("UE-5.1.2.4-36", "wrong data", also="UE-5.1.2.4-26")
def _(r: Run) -> None:
    """sends through a refused BID"""
    u = ifom_start(r)
    wifi = access4(44)
    bu(r, u, access=wifi, bids=[m.bid(2, 9, wifi.address)])
    message = ba(r, u, status=4, tag="ba_refused")
    message.options = [m.bid(2, 0, status=129)]
    r.sent.pop()
    r.put(packet_of(r, u, message, "ha"), "ba_refused")
    r.wait(4)
    put_data(r, u, "ue", user_packet(u, "ue", 6), wifi, "", "wrong data")
    r.wait(1)


@course("UE-5.1.2.4-37", "bu_again")
def _(r: Run) -> None:
    """refers to a refused flow"""
    u = ifom_start(r)
    bu(r, u, bids=[m.bid(1, 5, u.access.address)], more=[m.flow(7, 10, m.reference(1), SELECTOR)])
    r.edit["ba_flow"] = other_option(45, struct.pack("!HHBB", 7, 10, 0, 128))
    ba(r, u, tag="ba_flow")
    r.wait(1)
    bu(r, u, bids=[m.bid(1, 5, u.access.address)], more=[m.summary(7)], tag="bu_again")
    ba(r, u)
    r.wait(1)


@course("RFC6088-01", "wrong data")
def _(r: Run) -> None:
    """a flow's packet on the other binding"""
    u = ifom_start(r)
    wifi = access4(44)
    web = m.selector6(src=PEER6, sport=443, proto=17)
    bu(r, u, access=wifi, bids=[m.bid(2, 10, wifi.address)], more=[m.flow(7, 10, m.reference(2), m.chosen(web, 2))])
    ba(r, u)
    data(r, u, access=wifi, sport=443)
    r.wait(4)
    data(r, u, sport=443, n=1, tag="wrong data")
    r.wait(1)


# 5.1.2.4, what follows the acknowledgement


@course("UE-5.1.2.4-25", "wrong data", also="RFC3775-05")
def _(r: Run) -> None:
    """goes on after an acknowledgement with a strange number"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    bu(r, u)
    ba(r, u, sequence=777)
    data(r, u, tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-25", "wrong data", also="HA-5.1.2.2-22")
def _(r: Run) -> None:
    """goes on after an acknowledgement outside ESP"""
    u = ue(access4())
    attach(r, u)
    bu(r, u)
    ba(r, u, protected=False)
    data(r, u, tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-26", "wrong data")
def _(r: Run) -> None:
    """data before the acknowledgement"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    bu(r, u)
    data(r, u, n=1, way="ue", tag="wrong data")
    r.wait(1)
    ba(r, u)
    data(r, u)


@course("UE-5.1.2.4-26", "wrong data")
def _(r: Run) -> None:
    """data after the end"""
    u = start(r, behind_nat())
    bu(r, u, life=0)
    ba(r, u)
    r.wait(6)
    data(r, u, way="ue", tag="wrong data")
    r.wait(3)


@course("UE-5.1.2.4-26", "wrong data")
def _(r: Run) -> None:
    """data after the lifetime"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u, life=10)
    data(r, u)
    r.wait(50)
    data(r, u, way="ue", tag="wrong data")


@course("UE-5.1.2.4-26", "wrong data", also="UE-5.1.2.4-25")
def _(r: Run) -> None:
    """data after a refusal"""
    u = ue(behind_nat())
    attach(r, u)
    register(r, u, answer={"status": 130})
    r.wait(1)
    data(r, u, way="ue", tag="wrong data", encap="udp")


for number in (129, 130, 131, 132, 133, 140, 141, 142, 143):

    def _refused(r: Run, number: int = number) -> None:
        u = ue(access6() if number % 2 else behind_nat())
        if number % 2:
            with_ra(r, u)
        attach(r, u)
        register(r, u, answer={"status": number})
        r.wait(5)
        bu(r, u)
        ba(r, u, status=number)
        r.wait(2)

    _refused.__doc__ = f"status {number}"
    course("UE-5.1.2.4-28", "bu", nth=1)(_refused)


@course("UE-5.1.2.4-29", "ba")
def _(r: Run) -> None:
    """no other Home Agent after a refusal"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u, answer={"status": 131})
    r.wait(60)
    noise(r)


@course("UE-5.1.2.4-30", "wrong data")
def _(r: Run) -> None:
    """another IPv4 source"""
    u = start(r, access6())
    data(r, u, inner=4)
    data(r, u, inner=4, src=addr("10.64.0.200"), way="ue", tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-31", "wrong data", also="UE-5.1.2.4-33")
def _(r: Run) -> None:
    """IPv4 data though refused"""
    u = ue(behind_nat())
    attach(r, u)
    register(r, u, want4=True, answer={"ack4": 132})
    r.wait(3)
    data(r, u, inner=4, src=HOME4, way="ue", tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-34", "wrong data")
def _(r: Run) -> None:
    """IPv4 data though nothing was said of it"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u)
    r.wait(3)
    data(r, u, inner=4, src=HOME4, way="ue", tag="wrong data")
    r.wait(1)


for number in (129, 132):

    def _again(r: Run, number: int = number) -> None:
        u = ue(behind_nat())
        attach(r, u)
        register(r, u, want4=True, answer={"ack4": number})
        r.wait(3)
        register(r, u, want4=True, answer={"ack4": number})
        r.wait(1)

    _again.__doc__ = f"asks again after {number}"
    course("UE-5.1.2.4-32", "bu", nth=1)(_again)

for number in (128, 130, 131, 133):

    def _not_again(r: Run, number: int = number) -> None:
        u = ue(access4())
        attach(r, u)
        register(r, u, want4=True, answer={"ack4": number})
        data(r, u)
        r.wait(60)
        noise(r)

    _not_again.__doc__ = f"does not ask again after {number}"
    course("UE-5.1.2.4-33", "ba")(_not_again)

broken(
    "HA-5.1.2.4-35",
    "ba",
    F,
    ba=lambda x: replace(x, options=[(29 if k == 30 else k, b) for k, b in x.options]),
    also="RFC5555-01 UE-5.1.2.4-34",
)
broken("HA-5.1.3.2-06", "ba", F, B, ba=without_option(30), also="UE-5.1.2.4-34")


@course("UE-5.1.2.4-38", "wrong data")
def _(r: Run) -> None:
    """data in UDP over IPv6"""
    u = start(r, access6())
    data(r, u, n=1)
    data(r, u, n=1, way="ue", encap="udp", tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-39", "wrong data", **AT_HA)
def _(r: Run) -> None:
    """data outside UDP behind a NAT"""
    u = start(r, behind_nat())
    data(r, u, n=1)
    r.wait(3)
    data(r, u, n=1, way="ue", encap="v4", tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-40", "wrong data", **AT_HA)
def _(r: Run) -> None:
    """data in UDP without a NAT"""
    u = start(r, access4())
    data(r, u, n=1)
    r.wait(3)
    data(r, u, n=1, way="ue", encap="udp", tag="wrong data")
    r.wait(1)


# 5.1.3.2, the Home Agent


@course("HA-5.1.3.2-01", "ba", also="UE-5.1.2.4-07")
def _(r: Run) -> None:
    """accepts another Alternate Care-of Address"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    r.edit["bu"] = other_option(3, addr("2001:db8:55::1").packed)
    register(r, u)
    r.wait(1)


@course("HA-5.1.3.2-02", "bu")
def _(r: Run) -> None:
    """no acknowledgement"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    bu(r, u)
    r.wait(40)
    noise(r)


broken("HA-5.1.3.2-03", "ba", A, B, E, ba=lambda x: replace(x, flags=x.flags & ~0x40))


@course("HA-5.1.3.2-04", "ns")
def _(r: Run) -> None:
    """Duplicate Address Detection for the Home Address"""
    u = start(r, access6())
    group = addr(int(addr("ff02::1:ff00:0")) | int(u.hoa) & 0xFFFFFF)
    r.put(icmp6(addr("::"), group, 135, bytes(4) + u.hoa.packed), "ns")
    data(r, u)


broken("HA-5.1.3.2-05", "ba", A, ba=with_option((2, struct.pack("!H", 0))))
broken("HA-5.1.3.2-05", "ba", B, ba=with_option((2, struct.pack("!H", 900))))
broken("HA-5.1.3.2-07", "ba", F, B, ba=other_option(30, m.ip4_ack(m.ZERO4)[1]), also="UE-5.1.2.4-30 UE-5.1.2.4-34")


@course("HA-5.1.3.2-07", "ba", nth=1)
def _(r: Run) -> None:
    """one IPv4 Home Address for two UEs"""
    start(r, access6(0x71))
    r.wait(1)
    v = ue(access6(0x72), Habits(identity="0001010999999999@nai.epc.mnc001.mcc001.3gppnetwork.org"), 2)
    with_ra(r, v)
    attach(r, v)
    register(r, v, home4=HOME4)
    r.wait(1)


@course("HA-5.1.3.2-07", "ba", also="UE-5.1.2.4-33", ipv4_pool_empty=True)
def _(r: Run) -> None:
    """another status than 132 when none is left"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u, want4=True, answer={"ack4": 129})
    r.wait(1)


broken("HA-5.1.3.2-08", "ba", B, ba=without_option(31), facts=AT_HA, also="UE-5.1.2.4-40")
broken(
    "HA-5.1.3.2-08",
    "ba",
    B,
    ba=other_option(31, m.nat_detection(110, force=False)[1]),
    facts=AT_HA,
    also="UE-5.1.2.4-40",
)
broken("HA-5.1.3.2-09", "ba", B, ba=of(encap="v4"), facts=AT_HA)
broken("HA-5.1.3.2-09", "ba", B, ba=of(tlv=True), facts=AT_HA)
broken("HA-5.1.3.2-09", "ba", B, ba=of(dport=4191), facts=AT_HA)
broken("HA-5.1.3.2-10", "ba", E, ba=of(encap="udp", dport=4191), facts=AT_HA)
broken(
    "HA-5.1.3.2-10",
    "ba",
    A,
    ba=of(encap="udp", outer_src=addr("192.0.2.1"), outer_dst=addr("198.51.100.7")),
    also="RFC3775-04",
    facts=AT_HA,
)
broken(
    "HA-5.1.3.2-11",
    "ba",
    E,
    ba=with_option(m.nat_detection(110)),
    facts=AT_HA,
    also="UE-5.1.2.4-39 HA-5.1.3.2-15 RFC5555-02",
)


@course("HA-5.1.3.2-14", "wrong data")
def _(r: Run) -> None:
    """data to an address that is not registered"""
    u = start(r, access6())
    data(r, u, n=1)
    r.wait(4)
    data(r, u, n=1, way="ha", access=access6(0x7E), tag="wrong data")
    r.wait(1)


@course("HA-5.1.3.2-14", "wrong data", also="HA-5.1.3.2-17")
def _(r: Run) -> None:
    """data after the de-registration"""
    u = start(r, access4())
    bu(r, u, life=0)
    ba(r, u)
    r.wait(5)
    data(r, u, n=1, way="ha", tag="wrong data")
    r.wait(3)


@course("HA-5.1.3.2-15", "wrong data", **AT_HA)
def _(r: Run) -> None:
    """data outside UDP to a NAT"""
    u = start(r, behind_nat())
    data(r, u, n=1)
    r.wait(3)
    data(r, u, n=1, way="ha", encap="v4", tag="wrong data")
    r.wait(1)


@course("HA-5.1.3.2-15", "wrong data", **AT_HA)
def _(r: Run) -> None:
    """data in UDP without a NAT"""
    u = start(r, access4())
    data(r, u, n=1)
    r.wait(3)
    data(r, u, n=1, way="ha", encap="udp", tag="wrong data")
    r.wait(1)


broken("HA-5.1.3.2-16", "ba", A, B, ba=lambda x: replace(x, lifetime=x.lifetime + 1 if x.lifetime else 0))
broken("HA-5.1.3.2-16", "ba", E, ba=lambda x: replace(x, lifetime=0))


@course("HA-5.1.3.2-17", "wrong data", also="HA-5.1.3.2-14")
def _(r: Run) -> None:
    """the IPv4 binding goes on alone"""
    u = start(r, access6())
    data(r, u, inner=4)
    bu(r, u, life=0)
    ba(r, u)
    r.wait(6)
    data(r, u, inner=4, way="ha", tag="wrong data")
    r.wait(3)


@course("HA-5.1.3.2-18", "ba", also="RFC3775-01", **AT_HA)
def _(r: Run) -> None:
    """accepts a Binding Update with a wrong checksum"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    r.edit["bu"] = of(bad_sum=True)
    register(r, u)
    data(r, u)


@course("HA-5.1.3.2-18", "ba", also="UE-5.1.2.2-21", **AT_HA)
def _(r: Run) -> None:
    """accepts a Binding Update without ESP"""
    u = ue(behind_nat())
    attach(r, u)
    r.edit["bu"] = of(protected=False)
    register(r, u)
    data(r, u)


@course("HA-5.1.3.2-18", "ba", also="UE-5.1.2.2-14 UE-5.1.2.2-15 UE-5.1.1-01 RFC4877-01 UE-5.1.2.2-16", **AT_HA)
def _(r: Run) -> None:
    """accepts a Home Address of another prefix"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    u.prefix = addr("2001:db8:1:77::")
    register(r, u)
    r.wait(1)


@course("HA-5.1.3.2-19", "ba")
def _(r: Run) -> None:
    """refuses an IPv4 Home Address and gives one to the next"""
    u = ue(access6(0x71))
    with_ra(r, u)
    attach(r, u)
    register(r, u, want4=True, answer={"ack4": 132})
    r.wait(1)
    start(r, access6(0x72), n=2, identity="0001010999999999@nai.epc.mnc001.mcc001.3gppnetwork.org")
    r.wait(1)


# ESP
pad_wrong = {"A": A}


@course("RFC4303-01", "again")
def _(r: Run) -> None:
    """an ESP number again"""
    u = start(r, access6())
    assert u.child
    r.wait(20)
    first = next(s for s in r.sent if s.tag == "bu")
    u.child.sent["ue"] = 0
    u.sequence += 1
    bu(r, u, tag="again")
    ba(r, u)
    del first
    r.wait(1)


@course("RFC4303-01", "bu", nth=-1)
def _(r: Run) -> None:
    """an ESP number far behind"""
    u = start(r, behind_nat())
    assert u.child
    u.child.sent["ue"] = 1000
    register(r, u, want4=HOME4, home4=HOME4)
    u.child.sent["ue"] = 5
    register(r, u, want4=HOME4, home4=HOME4)
    r.wait(1)


broken("RFC4303-02", "ba", A, B, C, ba=lambda x: replace(x, bad_icv=x.sequence == 1), also="UE-5.1.2.4-25")


@course("RFC4303-02", "bu", nth=1, also="HA-5.1.3.2-18 HA-5.1.3.2-02")
def _(r: Run) -> None:
    """a wrong ICV on a refresh"""
    u = start(r, access6())
    r.wait(2)
    r.edit["bu"] = of(bad_icv=True)
    bu(r, u)
    r.wait(3)
    del r.edit["bu"]
    bu(r, u)
    ba(r, u)
    r.wait(1)


@course("RFC4303-03", "odd")
def _(r: Run) -> None:
    """next header 17 on the SA for BU and BA"""
    u = start(r, access6())
    assert u.child
    r.put(ip6(u.access.seen, u.ha6, 50, r.esp(u, u.child, "ue", bytes(16), 17), (m.hao_header(u.hoa),)), "odd")
    r.wait(1)


@course("RFC4303-03", "odd")
def _(r: Run) -> None:
    """padding of zeros"""
    from tests.independent import crypt

    u = start(r, access6())
    assert u.child
    keep, crypt.range = crypt.__dict__.get("range"), lambda _a, b: bytes(b - 1)  # type: ignore[attr-defined]
    try:
        bu(r, u, tag="odd")
    finally:
        del crypt.range  # type: ignore[attr-defined]
        del keep
    ba(r, u)
    r.wait(1)


# RFC 3775
broken("RFC3775-01", "bu", A, B, bu=of(bad_sum=True), also="HA-5.1.3.2-18", facts=None)
broken("RFC3775-01", "bu", A, bu=of(checksum_src=addr("2001:db8:77::99")), also="HA-5.1.3.2-18")
broken("RFC3775-01", "ba", C, ba=of(bad_sum=True), also="UE-5.1.2.4-25")
broken("RFC3775-02", "bu", A, C, bu=of(proto=17), also="HA-5.1.3.2-18")
broken("RFC3775-02", "ba", B, ba=lambda x: replace(x, extra=b"\x63\x20" + bytes(6)), also="UE-5.1.2.4-25 HA-5.1.3.2-02")
broken(
    "RFC3775-03",
    "bu",
    A,
    F,
    bu=of(hao=None),
)
broken("RFC3775-03", "bu", A, F, bu=of(hao=None, src=addr("2001:db8:77::99")))
broken("RFC3775-04", "ba", A, F, ba=of(rh2=None))
broken("RFC3775-04", "ba", A, F, ba=of(rh2=None, dst=addr("2001:db8:77::99")))
broken(
    "RFC3775-04",
    "ba",
    A,
    ba=lambda x: x if x.rh2 is None else replace(x, rh2=addr("2001:db8:1:1::5"), dst=addr("2001:db8:1:1::5")),
    also="RFC4877-01 HA-5.1.3.2-02 RFC3775-05 UE-5.1.2.4-26 UE-5.1.2.4-25",
)
broken("RFC3775-05", "ba", A, B, ba=of(sequence=4000), also="UE-5.1.2.4-25")


@course("RFC3775-06", "bu", nth=1, also="RFC3775-08")
def _(r: Run) -> None:
    """the same sequence number again"""
    u = start(r, access6())
    r.wait(20)
    bu(r, u, seq=1)
    ba(r, u, status=135, sequence=1)
    u.sequence = 1
    r.wait(1)
    register(r, u)
    r.wait(1)


@course("RFC3775-06", "bu", nth=1)
def _(r: Run) -> None:
    """sent again with the same number"""
    u = ue(behind_nat())
    attach(r, u)
    bu(r, u)
    r.wait(1.6)
    bu(r, u, seq=1)
    ba(r, u)
    r.wait(1)


@course("RFC3775-07", "bu", nth=1)
def _(r: Run) -> None:
    """sent again too early"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    bu(r, u)
    r.wait(0.3)
    bu(r, u)
    r.wait(0.5)
    ba(r, u)
    r.wait(1)


@course("RFC3775-07", "")
def _(r: Run) -> None:
    """no back-off"""
    u = ue(behind_nat())
    attach(r, u)
    for _k in range(5):
        bu(r, u)
        r.wait(1.6)
    ba(r, u)
    r.wait(1)


@course("RFC3775-08", "ba", nth=1, also="RFC3775-06")
def _(r: Run) -> None:
    """accepts a number that is behind"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    u.sequence = 100
    register(r, u)
    r.wait(10)
    bu(r, u, seq=50)
    ba(r, u)
    r.wait(1)


@course("RFC3775-08", "ba", nth=1, also="RFC3775-06 RFC3775-05")
def _(r: Run) -> None:
    """135 with a number that is not the last one"""
    u = ue(behind_nat())
    attach(r, u)
    u.sequence = 100
    register(r, u)
    r.wait(10)
    bu(r, u, seq=50)
    ba(r, u, status=135, sequence=7)
    r.wait(1)


# RFC 4877, 5555
broken(
    "RFC5555-01",
    "bu",
    F,
    bu=other_option(29, bytes([32 << 2, 0])[:1] + bytes(4)),
    also="HA-5.1.3.2-06 UE-5.1.2.4-34 UE-5.1.2.4-30 HA-5.1.3.2-07",
)
broken("RFC5555-01", "bu", B, bu=other_option(29, b"\0\0" + bytes(4)))
broken("RFC5555-01", "bu", B, bu=with_option(m.nat_detection(10)))
broken("RFC5555-01", "bu", A, bu=with_option(m.ip4_ack(HOME4)))
broken("RFC5555-01", "ba", B, ba=with_option(m.ip4_home(HOME4)))
broken("RFC5555-01", "bu", E, bu=lambda x: other_option(32, lambda b: b"\1\1" + b[2:])(x))
broken("RFC5555-01", "ba", B, ba=lambda x: other_option(31, lambda b: b"\xff\xff" + b[2:])(x))


@course("RFC5555-02", "", **AT_HA)
def _(r: Run) -> None:
    """an idle tunnel"""
    u = start(r, behind_nat())
    data(r, u)
    r.wait(300)
    data(r, u)
    register(r, u, want4=HOME4, home4=HOME4)
    r.wait(1)


@course("RFC4877-01", "bu")
def _(r: Run) -> None:
    """on an SA for another Home Address"""
    u = ue(access6())
    with_ra(r, u)
    init(r, u)
    auth(r, u)
    other = child(r, u, hoa=addr("2001:db8:1:1::abc"), tag="child_other")
    child(r, u)
    bu(r, u, child=other)
    ba(r, u, child=u.child)
    r.wait(1)


@course("RFC4877-02", "bu")
def _(r: Run) -> None:
    """tunnel mode on a transport mode SA"""
    u = ue(access4())
    attach(r, u)
    bu(r, u, tunnel=True)
    ba(r, u)
    r.wait(1)


# 5.1.1


@course("UE-5.1.1-02", "prefix")
def _(r: Run) -> None:
    """a delegated prefix longer than /64"""
    u = start(r, access6())
    pd = m.dhcp_option(25, struct.pack("!III", 1, 0, 0) + m.dhcp_option(26, struct.pack("!IIB", 0, 0, 72) + bytes(16)))
    solicit = udp(u.hoa, 546, addr("ff02::1:2"), 547, m.dhcp6(1, 7, m.dhcp_option(1, bytes(10)), pd))
    put_data(r, u, "ue", solicit, u.access, "", "prefix")
    data(r, u)


@course("UE-5.1.1-03", "outside")
def _(r: Run) -> None:
    """DHCPv6 with the home network outside the tunnel"""
    u = start(r, access6())
    ask = m.dhcp6(11, 7, m.dhcp_option(1, bytes(10)), m.dhcp_option(6, b"\0\x17"))
    r.put(udp(u.access.address, 546, u.ha6, 547, ask), "outside")
    data(r, u)


UNUSED = (CLIENT, OTHER6, to_other, keepalive, gone, delete_ike, i)
