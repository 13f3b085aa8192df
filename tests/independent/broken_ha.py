"""Violations by the Home Agent: clause 5.1.3.2."""

from __future__ import annotations

import struct
from dataclasses import replace

from tests.independent import mip as m
from tests.independent.attach import attach
from tests.independent.compliant import HOME4
from tests.independent.courses import start
from tests.independent.moves import (
    ba,
    bu,
    data,
    noise,
    register,
    with_ra,
)  # fmt: skip
from tests.independent.run import Habits, Run, access4, access6, behind_nat, ue
from tests.independent.violations import (
    AT_HA,
    A,
    B,
    E,
    F,
    broken,
    course,
    of,
    other_option,
    with_option,
    without_option,
)  # fmt: skip
from tests.independent.wire import addr, icmp6

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
