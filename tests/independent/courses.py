"""Longer compliant runs: flows, handovers, redirects, refusals, loss, several UEs, discovery."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

from tests.independent import ike as i
from tests.independent import mip as m
from tests.independent.attach import attach, auth, child, delete_child, delete_ike, init, probe, rekey_ike, with_habits
from tests.independent.compliant import HOME4, PSEUDO, named
from tests.independent.crypt import EspSuite, Suite
from tests.independent.moves import (
    DNS_SERVER,
    HA_APN,
    PEER4,
    PEER6,
    ba,
    bu,
    data,
    dhcp,
    keepalive,
    lookup,
    noise,
    packet_of,
    put_data,
    ra,
    register,
    user_packet,
    with_ra,
)  # fmt: skip
from tests.independent.run import Access, Habits, Run, Sent, Ue, access4, access6, behind_nat, tunnelled, ue
from tests.independent.wire import addr, fragments, icmp6, ip6, udp


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


# --- ends, rekeys, probes, retransmissions ---


@named("rekeys by both")
def _(r: Run) -> None:
    u = start(r, behind_nat(), many=True)
    data(r, u)
    child(r, u, rekeys=u.child)
    register(r, u, want4=HOME4, home4=HOME4)
    data(r, u)
    child(r, u, rekeys=u.child, by="ha")
    register(r, u, want4=HOME4, home4=HOME4)
    rekey_ike(r, u)
    probe(r, u)
    child(r, u, rekeys=u.child)
    rekey_ike(r, u, by="ha")
    probe(r, u, "ue")
    child(r, u, rekeys=u.child, by="ha")
    child(r, u, rekeys=u.child, by="ue")
    register(r, u, want4=HOME4, home4=HOME4)
    data(r, u, inner=4)
    r.wait(3)
    finish(r, u)


@named("rekeys, only secrets")
def _(r: Run) -> None:
    r.form = "ike"
    u = start(r, access6(), group=31, ike=Suite("gcm256", "none", "sha384", 19), esp=EspSuite("gcm128", "none"))
    rekey_ike(r, u, by="ha")
    child(r, u, rekeys=u.child, by="ha")
    register(r, u, want4=HOME4, home4=HOME4)
    rekey_ike(r, u)
    child(r, u, rekeys=u.child)
    register(r, u, want4=HOME4, home4=HOME4)
    finish(r, u)


@named("delete both childs, then the sa, by the home agent")
def _(r: Run) -> None:
    u = start(r, access6())
    bu(r, u, life=0)
    ba(r, u)
    delete_child(r, u, u.child, "ha")  # type: ignore[arg-type]
    delete_child(r, u, u.first_child)  # type: ignore[arg-type]
    r.wait(1)
    delete_ike(r, u, "ha")


@named("probes, odd informational exchanges")
def _(r: Run) -> None:
    u = start(r, behind_nat(), mobike=True)
    for _n in range(3):
        r.wait(20)
        probe(r, u)
        keepalive(r, u)
        keepalive(r, u, 4191)
        probe(r, u, "ue", [i.notify(50001, b"hello"), (i.V, b"who")], [i.notify(50002)])
        probe(r, u, "ha", [(i.CP, i.config(3, [(7, b"agent 2")]))], [(i.CP, i.config(4, [(7, b"")]))])
        data(r, u, n=1)
    finish(r, u)


def again(*gaps: float) -> Any:
    """The same packet several times, so many seconds apart."""

    def change(packet: bytes) -> list[tuple[float, bytes]]:
        total, out = 0.0, [(0.0, packet)]
        for gap in gaps:
            total += gap
            out.append((total, packet))
        return out

    return change


def repeated(r: Run, **tags: Any) -> None:
    for tag, gaps in tags.items():
        r.edit["frame_" + tag] = again(*gaps)


@named("ike messages repeated")
def _(r: Run) -> None:
    repeated(
        r,
        init_request=(0.001,),
        auth_first=(0.005, 0.005),
        auth_done=(0.009,),
        child=(0.01,),
        child_done=(0.006,),
        delete_ike=(0.01,),
    )
    u = start(r, access6())
    data(r, u)
    finish(r, u)


@named("requests sent again after silence")
def _(r: Run) -> None:
    u = ue(behind_nat())
    for tag in ("init_request", "auth_first", "auth_last", "child"):
        r.edit["frame_" + tag] = lambda packet: [(-4.0, packet), (-3.0, packet), (-1.0, packet), (0.0, packet)]
    r.edit["frame_child_done"] = again(0.002, 0.002)
    for step in (init, auth, child):
        r.wait(5)
        step(r, u)
        r.wait(5)
    register(r, u)
    finish(r, u)


@named("everything captured twice, milliseconds apart")
def _(r: Run) -> None:
    u = start(r, behind_nat(), cut_at=300)
    data(r, u)
    register(r, u, want4=HOME4, home4=HOME4)
    finish(r, u)
    r.sent += [Sent(s.at + 700_000, s.order, s.packet, s.tag) for s in list(r.sent)]


@named("swapped by milliseconds")
def _(r: Run) -> None:
    u = start(r, access6(), cut_at=300)
    data(r, u, n=20, gap=0.001)
    finish(r, u)
    r.sent = [
        Sent(
            s.at + (3_000_000 if s.tag in ("data", "auth_done", "auth_first") and k % 3 == 0 else 0),
            s.order,
            s.packet,
            s.tag,
        )
        for k, s in enumerate(r.sent)
    ]


@named("inner packets of an ipsec host beside its esp")
def _(r: Run) -> None:
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    for message, sender in ((bu(r, u), "ue"), (ba(r, u), "ha")):
        clear = replace(message, protected=False)
        r.put(packet_of(r, u, clear, sender), "clear copy", at=r.now - 0.012)
    data(r, u)
    finish(r, u)


# --- captures that do not hold it all ---


@named("starts in the middle, tables")
def _(r: Run) -> None:
    r.form = "wireshark"
    u = start(r, behind_nat())
    r.wait(10)
    cut = len(r.sent)
    data(r, u)
    register(r, u, want4=HOME4, home4=HOME4)
    data(r, u, inner=4)
    child(r, u, rekeys=u.child)
    register(r, u, want4=HOME4, home4=HOME4)
    finish(r, u)
    del r.sent[:cut]


@named("two ues behind one nat, from the middle on, tables")
def _(r: Run) -> None:
    r.form = "wireshark"
    two = _behind_one_nat(r)
    r.wait(10)
    cut = len(r.sent)
    for u in two:
        register(r, u, want4=u.home4, home4=u.home4)
    for u in (two[1], two[0]):
        child(r, u, rekeys=u.child)
    for u in two:
        register(r, u, want4=u.home4, home4=u.home4)
    for u in two:
        finish(r, u)
    del r.sent[:cut]
    r.sessions = 2  # type: ignore[attr-defined]


@named("starts in the middle of ike_auth")
def _(r: Run) -> None:
    u = ue(access6())
    init(r, u)
    auth(r, u)
    cut = len(r.sent) - 3
    child(r, u)
    register(r, u)
    data(r, u)
    finish(r, u)
    del r.sent[:cut]


@named("ends early")
def _(r: Run) -> None:
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    bu(r, u)


def _snapped(tags: set[str]) -> Any:
    def course(r: Run) -> None:
        u = start(r, behind_nat(), cut_at=500)
        data(r, u)
        r.wait(30)
        probe(r, u)
        register(r, u, want4=HOME4, home4=HOME4)
        data(r, u)
        finish(r, u)
        r.sent = [s for s in r.sent if s.tag not in tags]

    return course


@named("no keys at all")
def _(r: Run) -> None:
    r.keys = dict  # type: ignore[method-assign]
    _snapped(set())(r)


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


def ifom_start(r: Run, *, bids: Any = None, more: Any = None, second: Access | None = None) -> Ue:
    u = ue(access6(0x71), Habits(ifom=True))
    with_ra(r, u)
    attach(r, u)
    bu(r, u, bids=bids or [m.bid(1, 5, u.access.address)], more=more, want4=True)
    ba(r, u, home4=HOME4)
    u.other = second
    return u


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


# --- several ---


def _behind_one_nat(r: Run) -> list[Ue]:
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


@named("two ues behind one nat")
def _(r: Run) -> None:
    two = _behind_one_nat(r)
    for u in two + two:
        data(r, u, n=2)
        data(r, u, n=2, inner=4)
    for u in two:
        register(r, u, want4=u.home4, home4=u.home4)
    for u in two:
        finish(r, u)
    r.sessions = 2  # type: ignore[attr-defined]


@named("two pdn connections")
def _(r: Run) -> None:
    a = access6()
    one, two = ue(a, Habits()), ue(a, Habits(idr=(2, b"ims")), 2)
    with_ra(r, one)
    for step in (init, auth, child):
        step(r, one)
        step(r, two)
    for k, u in enumerate((one, two)):
        bu(r, u, want4=True)
        ba(r, u, home4=addr(int(HOME4) + k))
        data(r, u)
    for u in (two, one):
        register(r, u, want4=u.home4, home4=u.home4)
        data(r, u, inner=4)
    finish(r, two)
    data(r, one)
    finish(r, one)
    r.sessions = 2  # type: ignore[attr-defined]


@named("two ues, addresses used again")
def _(r: Run) -> None:
    u = start(r, access6())
    data(r, u)
    finish(r, u)
    r.wait(20)
    v = ue(access6(), Habits(identity="0001010999999999@nai.epc.mnc001.mcc001.3gppnetwork.org"))
    with_ra(r, v)
    v.iid = 0x77
    attach(r, v)
    register(r, v, home4=HOME4)
    data(r, v)
    finish(r, v)
    r.sessions = 2  # type: ignore[attr-defined]


@named("attaches again with its pseudonym")
def _(r: Run) -> None:
    u = ue(access6(), Habits(rounds=("identity", "challenge+", "notify")))
    with_ra(r, u)
    attach(r, u)
    register(r, u, home4=HOME4)
    finish(r, u)
    r.wait(40)
    with_ra(r, u)
    with_habits(u, identity=PSEUDO, rounds=("identity", "challenge+", "notify"))
    u.update, u.sequence = None, 0
    attach(r, u)
    register(r, u, home4=HOME4)
    data(r, u)
    finish(r, u)


@named("the ike sa anew, with a pdn identifier")
def _(r: Run) -> None:
    u = start(r, access6())
    data(r, u)
    delete_ike(r, u, "ha")
    r.wait(3)
    attach(r, u, pdn=u.prefix)
    register(r, u, want4=HOME4, home4=HOME4)
    data(r, u)
    finish(r, u)


# --- redirects ---

OTHER6, OTHER4 = addr("2001:db8:fffe::1"), addr("192.0.2.77")


def to_other(u: Ue) -> tuple[Any, Any]:
    """The UE turns to the other Home Agent; gives the first one's."""
    old, u.ha6, u.ha4 = (u.ha6, u.ha4), OTHER6, OTHER4
    return old


for where in ("init", "first", "last"):

    def _redirected(r: Run, where: str = where) -> None:
        u = ue(behind_nat() if where == "last" else access6())
        six = u.access.address.version == 6
        if six:
            with_ra(r, u)
        target = OTHER6 if six else OTHER4
        if where == "init":
            init(r, u, redirect=target)
        else:
            init(r, u)
            auth(r, u, redirect=target, redirect_late=where == "last")
            delete_ike(r, u)
        old = to_other(u)
        init(r, u, redirected_from=old[0] if six else old[1])
        auth(r, u)
        child(r, u)
        register(r, u)
        data(r, u)
        finish(r, u)

    named(f"redirected in {where}")(_redirected)


# --- refusals of IKE ---


@named("authentication fails")
def _(r: Run) -> None:
    u = ue(access6())
    init(r, u)
    auth(r, u, fail=True)
    r.wait(40)


@named("no proposal chosen")
def _(r: Run) -> None:
    u = ue(access6())
    r.edit["init_response"] = lambda _p: [i.notify(14)]
    init(r, u)
    r.wait(40)


# --- discovery ---


for label, how in {
    "both addresses": {"has": [addr("2001:db8:ffff::1"), addr("192.0.2.1")]},
    "fqdn": {"fqdn": "ha1.example.org"},
    "relay": {"has": [addr("2001:db8:ffff::1"), addr("192.0.2.1")], "relay": True},
    "draft": {"has": [addr("2001:db8:ffff::1"), addr("192.0.2.1")], "draft": True},
    "draft fqdn": {"fqdn": "ha1.example.org", "draft": True},
    "all": {"has": [addr("2001:db8:ffff::1"), addr("192.0.2.1")], "fqdn": "ha1.example.org"},
}.items():

    def _discovered(r: Run, how: Any = how, label: str = label) -> None:
        u = ue(access6())
        ra(r, addr("2001:db8:77::"), addr("2001:db8:78::"))
        dhcp(r, u, **how)
        if "has" not in how:  # only a name
            lookup(r, u, "ha1.example.org", a6=[u.ha6], a4=[u.ha4], together="draft" in label)
        attach(r, u)
        register(r, u, home4=HOME4)
        data(r, u)
        finish(r, u)

    named(f"discovery: {label}")(_discovered)


@named("discovery: dns alone, aaaa and a together")
def _(r: Run) -> None:
    u = ue(access4())
    lookup(r, u, HA_APN, a6=[u.ha6], a4=[u.ha4], together=True)
    attach(r, u)
    register(r, u, home4=HOME4)
    data(r, u)
    finish(r, u)


@named("configuration through the tunnel")
def _(r: Run) -> None:
    u = start(r, access6())
    xid = 0x123456
    home = addr("2001:db8:1:1::1")
    inner = udp(
        u.hoa, 546, addr("ff02::1:2"), 547, m.dhcp6(11, xid, m.dhcp_option(1, bytes(10)), m.dhcp_option(6, b"\0\x17"))
    )
    answer = udp(
        home,
        547,
        u.hoa,
        546,
        m.dhcp6(7, xid, m.dhcp_option(1, bytes(10)), m.dhcp_option(2, bytes(10)), m.dhcp_option(23, bytes(16))),
    )
    pd = m.dhcp_option(25, struct.pack("!III", 1, 0, 0) + m.dhcp_option(26, struct.pack("!IIB", 0, 0, 60) + bytes(16)))
    solicit = udp(u.hoa, 546, addr("ff02::1:2"), 547, m.dhcp6(1, xid + 1, m.dhcp_option(1, bytes(10)), pd))
    query = udp(u.hoa, 4444, DNS_SERVER, 53, m.dns(7, [("www.example.org", 28)]))
    for sender, packet in (("ue", inner), ("ha", answer), ("ue", solicit), ("ue", query)):
        put_data(r, u, sender, packet, u.access, "", "tunnel dhcp")
        r.wait(0.1)
    data(r, u)
    finish(r, u)


@named("noise around it, fragments of ip")
def _(r: Run) -> None:
    r.edit["frame_auth_first"] = lambda p: [(0.0001 * k, f) for k, f in enumerate(fragments(p, 160))]
    r.edit["frame_auth_challenge"] = lambda p: [(0.0001 * k, f) for k, f in enumerate(reversed(fragments(p, 400)))]
    noise(r)
    u = start(r, behind_nat(), odd_payloads=True)
    noise(r)
    data(r, u)
    noise(r, 20)
    finish(r, u)
    noise(r)
