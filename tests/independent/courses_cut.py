"""Compliant runs with rekeys, repetitions and loss, and captures that do not hold it all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.independent import ike as i
from tests.independent.attach import attach, auth, child, delete_child, delete_ike, init, probe, rekey_ike
from tests.independent.compliant import HOME4, named
from tests.independent.courses import behind_one_nat, finish, start
from tests.independent.crypt import EspSuite, Suite
from tests.independent.moves import (
    ba,
    bu,
    data,
    keepalive,
    packet_of,
    register,
    with_ra,
)  # fmt: skip
from tests.independent.run import Run, Sent, access6, behind_nat, ue

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
    two = behind_one_nat(r)
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
