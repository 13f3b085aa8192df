"""Compliant runs in which the UE moves, and IP flow mobility."""

from __future__ import annotations

from tests.independent import ike as i
from tests.independent import mip as m
from tests.independent.attach import probe
from tests.independent.compliant import HOME4, named
from tests.independent.courses import finish, ifom_start, start
from tests.independent.moves import (
    PEER4,
    PEER6,
    ba,
    bu,
    data,
    put_data,
    ra,
    register,
    user_packet,
    with_ra,
)  # fmt: skip
from tests.independent.run import Access, Run, Ue, access4, access6, behind_nat
from tests.independent.wire import addr

# --- handovers ---


def hop(r: Run, u: Ue, access: Access, *, told: bool = True) -> None:
    """To another care-of address: Binding Update first, then IKE from there."""
    u.access = access
    if access.address.version == 6:
        with_ra(r, u)
    register(r, u, want4=u.home4 or False, home4=u.home4)
    if told and u.sa:
        u.sa.port = 4500 if access.address.version == 4 else u.sa.port
        probe(r, u, "ue")
    data(r, u, n=3)
    data(r, u, n=2, inner=4)


for order in ("6646", "4664", "n6n4", "6n46", "4n6n"):

    def _course(r: Run, order: str = order) -> None:
        makers = {
            "6": lambda k: access6(0x70 + k),
            "4": lambda k: access4(20 + k),
            "n": lambda k: behind_nat(30 + k, 5 + k),
        }
        u = start(r, makers[order[0]](0))
        data(r, u)
        for k, letter in enumerate(order[1:], 1):
            r.wait(8)
            hop(r, u, makers[letter](k), told=k % 2 == 0)
        finish(r, u)

    named(f"handovers {order}")(_course)


@named("old traffic during a handover")
def _(r: Run) -> None:
    u = start(r, access6(0x71))
    data(r, u)
    before, u.access = u.access, access6(0x72)
    with_ra(r, u)
    bu(r, u)
    for k in range(4):
        put_data(r, u, "ha", user_packet(u, "ha", 6, k), before, "", "data")
        put_data(r, u, "ue", user_packet(u, "ue", 6, k), before, "", "data")
    ba(r, u)
    for k in range(4):
        put_data(r, u, "ha", user_packet(u, "ha", 6, k), before, "", "data")
        r.wait(0.3)
    data(r, u)
    finish(r, u)


@named("the nat gives other ports on the way")
def _(r: Run) -> None:
    u = start(r, behind_nat())
    data(r, u)
    for k in range(3):
        r.wait(30)
        u.access.ports.clear()
        u.access.ports.update({4191: 50000 + 17 * k, 4500: 51000 + 3 * k})
        register(r, u, want4=HOME4, home4=HOME4)
        probe(r, u, "ue")
        data(r, u)
    finish(r, u)


@named("the nat moves to another public address")
def _(r: Run) -> None:
    u = start(r, behind_nat(20, 5))
    data(r, u)
    r.wait(20)
    u.access = behind_nat(20, 9)
    register(r, u, want4=HOME4, home4=HOME4)
    probe(r, u, "ue")
    data(r, u)
    finish(r, u)


@named("comes home and leaves again")
def _(r: Run) -> None:
    u = start(r, access6())
    data(r, u)
    r.wait(5)
    ra(r, addr("2001:db8:9::"), u.prefix)
    bu(r, u, life=0, at_home=True, tag="bu_home")
    ba(r, u)
    r.wait(30)
    u.access = access6(0x79)
    with_ra(r, u)
    register(r, u, home4=HOME4)
    data(r, u, inner=4)
    finish(r, u)


@named("mobike moves the ike sa")
def _(r: Run) -> None:
    u = start(r, access6(0x71), mobike=True, floats=True)
    assert u.sa
    u.access = access6(0x72)
    with_ra(r, u)
    hashes = [
        i.notify(k, i.nat_hash(u.sa.spi_i, u.sa.spi_r, a, 4500)) for k, a in ((16388, u.access.address), (16389, u.ha6))
    ]
    probe(
        r,
        u,
        "ue",
        [i.notify(16400), *hashes, i.notify(16401, bytes(range(16)))],
        [*hashes, i.notify(16401, bytes(range(16)))],
    )
    register(r, u, want4=HOME4, home4=HOME4)
    data(r, u)
    finish(r, u)


# --- IP flow mobility ---


@named("flows on two accesses")
def _(r: Run) -> None:
    u = ifom_start(r)
    data(r, u)
    wifi = access4(44)
    web = m.selector6(src=PEER6, sport=443, proto=17)
    voice = m.selector4(
        src=(PEER4, addr("198.18.0.99")), sport=(5060, 5099), dport=(50000, 50999), ds=(0x20, 0xB8), proto=17, spi=7
    )
    bu(
        r,
        u,
        access=wifi,
        bids=[m.bid(2, 10, wifi.address)],
        more=[m.flow(7, 10, m.reference(2), m.chosen(web, 2)), m.flow(9, 20, m.reference(1), m.chosen(voice, 1))],
    )
    ba(r, u)
    data(r, u, access=wifi, sport=443)
    data(r, u, sport=80)
    data(r, u, sport=80, inner=4)
    r.wait(20)
    bu(r, u, access=wifi, bids=[m.bid(2, 10, wifi.address)], more=[m.summary(7, 9)])
    ba(r, u)
    data(r, u, access=wifi, sport=443)
    # flow 7 moves to the other binding, 9 goes
    bu(r, u, bids=[m.bid(1, 5, u.access.address)], more=[m.flow(7, 10, m.reference(1))])
    ba(r, u)
    r.wait(2.5)
    data(r, u, sport=443)
    finish(r, u)


@named("selectors of every kind")
def _(r: Run) -> None:
    kinds = [
        m.flow(1, 1, m.chosen(m.selector6(label=(0x1, 0xFFFFF), tc=0xB8, proto=(6, 17)), 2), m.reference(1)),
        m.flow(2, 2, m.reference(1), b"\0\0", m.chosen(m.selector6(spi=(1, 99), sport=(1, 2), dport=(1, 65535)), 2)),
        m.flow(3, 3, b"\1\2\0\0", m.reference(1), m.chosen(m.selector4(), 1)),
        m.flow(40000, 65535, m.reference(1), m.chosen(m.selector6(src=(addr("::"), PEER6), dst=(PEER6, PEER6)), 2)),
        m.flow(5, 100, m.chosen(m.selector4(src=PEER4, dst=HOME4, proto=6)), m.reference(1)),
    ]
    u = ifom_start(r, more=kinds)
    data(r, u)
    bu(r, u, bids=[m.bid(1, 5, u.access.address)], more=[m.summary(1, 2, 3, 40000, 5)])
    ba(r, u)
    data(r, u)
    finish(r, u)


@named("several bids at once, one refused")
def _(r: Run) -> None:
    second = access6(0x72)
    u = ifom_start(r, bids=[m.bid(1, 5, access6(0x71).address), m.bid(2, 9, second.address)])
    with_ra(r, u)
    data(r, u)
    data(r, u, access=second)
    bu(r, u, bids=[m.bid(1, 5, u.access.address), m.bid(3, 9, addr("2001:db8:73::99"))])
    ba(r, u, status=4, tag="ba_4")
    r.wait(1)
    finish(r, u)
