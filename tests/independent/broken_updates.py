"""Violations of home link detection and of Binding Updates: clauses 5.1.2.3 and 5.1.2.4, flow bindings among them."""

from __future__ import annotations

import struct
from typing import Any

from tests.independent import mip as m
from tests.independent.attach import attach
from tests.independent.courses import ifom_start, start
from tests.independent.moves import (
    PEER4,
    PEER6,
    ba,
    bu,
    data,
    noise,
    packet_of,
    put_data,
    ra,
    register,
    user_packet,
    with_ra,
)  # fmt: skip
from tests.independent.run import Access, Habits, Run, access4, access6, ue
from tests.independent.violations import (
    A,
    B,
    C,
    E,
    F,
    broken,
    course,
    flags_off,
    flags_on,
    of,
    other_option,
    with_option,
    without_option,
)  # fmt: skip
from tests.independent.wire import addr

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
