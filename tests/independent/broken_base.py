"""Violations of the protocols below: ESP, Mobile IPv6, DSMIPv6, and of clause 5.1.1."""

from __future__ import annotations

import struct
from dataclasses import replace

from tests.independent import mip as m
from tests.independent.attach import attach, auth, child, init
from tests.independent.compliant import HOME4
from tests.independent.courses import start
from tests.independent.moves import (
    ba,
    bu,
    data,
    put_data,
    register,
    with_ra,
)  # fmt: skip
from tests.independent.run import Run, access4, access6, behind_nat, ue
from tests.independent.violations import (
    AT_HA,
    A,
    B,
    C,
    E,
    F,
    broken,
    course,
    of,
    other_option,
    with_option,
)  # fmt: skip
from tests.independent.wire import addr, ip6, udp

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
