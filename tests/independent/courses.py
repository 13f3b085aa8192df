"""How compliant runs begin and end, and longer ones about Binding Updates."""

from __future__ import annotations

import struct
from typing import Any

from tests.independent import mip as m
from tests.independent.attach import attach, auth, child, delete_ike, init
from tests.independent.compliant import HOME4, named
from tests.independent.crypt import EspSuite
from tests.independent.moves import (
    PEER6,
    ba,
    bu,
    data,
    register,
    with_ra,
)  # fmt: skip
from tests.independent.run import Access, Habits, Run, Ue, access4, access6, behind_nat, tunnelled, ue
from tests.independent.wire import addr, icmp6, ip6

OTHER6, OTHER4 = addr("2001:db8:fffe::1"), addr("192.0.2.77")


def start(r: Run, access: Access, *, home4: bool = True, n: int = 1, **habits: Any) -> Ue:
    u = ue(access, Habits(**habits), n)
    if access.address.version == 6:
        with_ra(r, u)
    attach(r, u)
    register(r, u, home4=addr(int(HOME4) + n - 1) if home4 else None)
    return u


def finish(r: Run, u: Ue) -> None:
    bu(r, u, life=0, tag="bu_end")
    ba(r, u, tag="ba_end")
    r.wait(0.4)
    delete_ike(r, u)


def ifom_start(r: Run, *, bids: Any = None, more: Any = None, second: Access | None = None) -> Ue:
    u = ue(access6(0x71), Habits(ifom=True))
    with_ra(r, u)
    attach(r, u)
    bu(r, u, bids=bids or [m.bid(1, 5, u.access.address)], more=more, want4=True)
    ba(r, u, home4=HOME4)
    u.other = second
    return u


def to_other(u: Ue) -> tuple[Any, Any]:
    """The UE turns to the other Home Agent; gives the first one's."""
    old, u.ha6, u.ha4 = (u.ha6, u.ha4), OTHER6, OTHER4
    return old


def behind_one_nat(r: Run) -> list[Ue]:
    """Two UEs with the same public address, registered."""
    nat_ports = ({500: 1024, 4500: 1025, 4191: 1026}, {500: 2024, 4500: 2025, 4191: 2026})
    two = []
    for k in range(2):
        a = behind_nat(20 + k, 5)
        a.ports.update(nat_ports[k])
        u = ue(a, Habits(identity=f"000101012345678{k}@nai.epc.mnc001.mcc001.3gppnetwork.org"), 1 + k)
        two.append(u)
    for step in (init, auth, child):
        for u in two:
            step(r, u)
    for k, u in enumerate(two):
        bu(r, u, want4=True)
        ba(r, u, home4=addr(int(HOME4) + k))
    return two


# --- Binding Updates ---


@named("k and r off over ipv6, option orders")
def _(r: Run) -> None:
    u = ue(access6(), Habits(style="pad1"))
    with_ra(r, u)
    attach(r, u)
    bu(
        r,
        u,
        flags=m.A | m.H,
        want4=True,
        more=[(8, b"\x01nai@example"), (19, struct.pack("!IB", 10415, 3) + b"x")],
        hao_style="pad1",
    )
    r.wait(0.02)
    ba(r, u, home4=HOME4, life=300, more=[(2, struct.pack("!H", 200)), (55, b"new")])
    data(r, u)
    bu(r, u, flags=m.A | m.H | m.R, more=[(200, b"?"), (0, b"")], hao_style="more", first_extension=(m.HOP_BY_HOP,))
    ba(r, u, before=[(77, b"unknown")], life=900)
    data(r, u)
    finish(r, u)


@named("option 29 behind the care-of address")
def _(r: Run) -> None:
    u = ue(behind_nat())
    attach(r, u)
    u.sequence = 65533
    bu(r, u, more=[m.ip4_home(m.ZERO4)], style="pad1", life=0xFFFF)
    ba(r, u, home4=HOME4, life=450, refresh=60, more=[(99, b"")], before=[(2, struct.pack("!H", 400))])
    data(r, u)
    for _n in range(4):  # the sequence number passes 65535
        r.wait(40)
        register(r, u, want4=HOME4)
        data(r, u, n=2)
    finish(r, u)


@named("status 1, lifetime of 4 s units")
def _(r: Run) -> None:
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    bu(r, u, life=1)
    ba(r, u, status=1)
    data(r, u, n=2)
    r.wait(1)
    bu(r, u, life=65535)
    ba(r, u, life=65535)
    data(r, u)
    finish(r, u)


@named("ipv4 home address with a prefix")
def _(r: Run) -> None:
    u = ue(access4())
    attach(r, u)
    bu(r, u, more=[m.ip4_home(m.ZERO4, 28, prefix=True)])
    ba(r, u, before=[])
    u.home4 = HOME4
    del r.sent[-1]
    ba(r, u, home4=HOME4, tag="ba")
    data(r, u)
    data(r, u, inner=4)
    finish(r, u)


@named("ipv4 is not available")
def _(r: Run) -> None:
    u = ue(behind_nat())
    attach(r, u)
    register(r, u, want4=True, answer={"ack4": 132})
    data(r, u)
    r.wait(50)
    register(r, u)
    data(r, u)
    finish(r, u)


@named("ipv4 home address refused, asked for again")
def _(r: Run) -> None:
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u, want4=True, answer={"ack4": 128})
    r.wait(2)
    register(r, u, home4=HOME4)
    data(r, u, inner=4)
    finish(r, u)


@named("status 128, sent again")
def _(r: Run) -> None:
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u, answer={"status": 128})
    r.wait(3)
    register(r, u)
    data(r, u)
    finish(r, u)


@named("binding update sent again and again")
def _(r: Run) -> None:
    u = ue(behind_nat())
    attach(r, u)
    for gap in (1.5, 3, 6):
        bu(r, u, want4=True)
        r.wait(gap)
    bu(r, u, want4=True)
    ba(r, u, home4=HOME4)
    data(r, u)
    r.wait(30)
    for gap in (1, 2, 4, 8):
        bu(r, u, want4=HOME4)
        r.wait(gap)
    bu(r, u, want4=HOME4)
    ba(r, u, home4=HOME4)
    data(r, u)
    finish(r, u)


@named("first answer is late")
def _(r: Run) -> None:
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    bu(r, u)
    one = u.update
    r.wait(1.6)
    bu(r, u)
    two = u.update
    r.wait(0.2)
    u.update = one
    ba(r, u)
    r.wait(0.1)
    u.update = two
    ba(r, u)
    data(r, u)
    finish(r, u)


@named("data in flight at the end, ha slow")
def _(r: Run) -> None:
    u = start(r, access6())
    data(r, u)
    bu(r, u, life=0)
    r.wait(0.3)
    data(r, u, n=2, gap=0.1, way="ha")
    ba(r, u)
    data(r, u, n=3, gap=0.3, way="ha")
    r.wait(5)
    delete_ike(r, u)


@named("tunnel mode is not used, dummy packets and icmp are")
def _(r: Run) -> None:
    u = start(r, access6(), first_esp=EspSuite("gcm128", "none"))
    assert u.first_child
    for way in ("ue", "ha"):
        ends = (u.hoa, PEER6)[:: 1 if way == "ue" else -1]
        inner = icmp6(*ends, 128 if way == "ue" else 129, b"\0\7\0\1" + bytes(30))
        here = (u.access.seen, u.ha6)[:: 1 if way == "ue" else -1]
        r.put(tunnelled(*here, inner), "data")
        r.put(ip6(*here, 50, r.esp(u, u.first_child, way, inner + bytes(20), 41)), "esp data")
        r.put(ip6(*here, 50, r.esp(u, u.first_child, way, bytes(64), 59)), "dummy")
    finish(r, u)
