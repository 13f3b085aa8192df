"""Compliant runs off the beaten track: refusals inside IKE, windows, crossing messages, other Home Agents, PCO."""

from __future__ import annotations

import struct
from typing import Any

from tests.independent import ike as i
from tests.independent import mip as m
from tests.independent.attach import (
    attach,
    auth,
    child,
    delete_child,
    delete_ike,
    init,
    note,
    probe,
    rekey_ike,
    with_habits,
)
from tests.independent.compliant import HOME4, named
from tests.independent.courses import OTHER4, OTHER6, finish, ifom_start, start, to_other
from tests.independent.crypt import EspSuite
from tests.independent.moves import (
    HA_APN,
    PEER4,
    PEER6,
    ba,
    bu,
    data,
    keepalive,
    lookup,
    mobility,
    noise,
    put_data,
    ra,
    register,
    user_packet,
    with_ra,
)
from tests.independent.pco import GTP, create_session
from tests.independent.run import Access, Habits, Run, Sent, access4, access6, behind_nat, tunnelled, ue
from tests.independent.wire import addr, icmp6, ip6


def refused_child(r: Run, u: Any, number: int, data_: bytes = b"") -> None:
    """CREATE_CHILD_SA that the Home Agent refuses."""
    h = u.habits
    mine: list[Any] = [
        (i.SA, i.sa((1, 3, r.rng.randbytes(4), i.esp_transforms(h.esp)))),
        (i.NONCE, r.rng.randbytes(32)),
    ]
    mine += [
        (i.TSI, i.ts(i.selector(u.hoa, None, 135, 0x500, 0x500))),
        (i.TSR, i.ts(i.selector(u.ha6, None, 135, 0x600, 0x600))),
    ]
    r.protected(u, "ue", i.CHILD, [*mine, note(h, 16391)], "child_refused")
    r.protected(u, "ha", i.CHILD, [note(h, number, data_)], "child_refusal", response=True)


for number, value in ((43, b""), (38, b""), (35, b""), (17, b"\0\x1f"), (14, b"")):

    def _refusals(r: Run, number: int = number, value: bytes = value) -> None:
        u = ue(access6())
        with_ra(r, u)
        init(r, u)
        auth(r, u)
        refused_child(r, u, number, value)
        r.wait(2)
        child(r, u)
        register(r, u)
        data(r, u)
        finish(r, u)

    named(f"child refused with {number}, then made")(_refusals)


@named("a window of two")
def _(r: Run) -> None:
    u = start(r, access6())
    sa = u.sa
    assert sa
    r.edit["auth_done"] = lambda p: p
    probe(r, u, "ue", [i.notify(16385, struct.pack("!I", 4))], [i.notify(16385, struct.pack("!I", 4))])
    r.protected(u, "ue", i.INFO, [], "probe")
    r.protected(u, "ue", i.INFO, [], "probe")
    sa.next_id["ue"] -= 1
    r.protected(u, "ha", i.INFO, [], "probe_done", response=True)
    sa.next_id["ue"] += 1
    r.protected(u, "ha", i.INFO, [], "probe_done", response=True)
    finish(r, u)


@named("probes of both ends cross, deletes of both ends cross")
def _(r: Run) -> None:
    u = start(r, behind_nat())
    for what in ([], [(i.D, bytes([1, 0, 0, 0]))]):
        r.wait(5)
        r.protected(u, "ue", i.INFO, what, "probe")
        r.protected(u, "ha", i.INFO, what, "probe")
        r.protected(u, "ha", i.INFO, [], "probe_done", response=True)
        r.protected(u, "ue", i.INFO, [], "probe_done", response=True)
        data(r, u, n=1)
    bu(r, u, life=0)
    ba(r, u)


@named("old child sa used a little longer")
def _(r: Run) -> None:
    u = start(r, access6())
    old = u.child
    assert old
    u.child = None
    new = child(r, u, rekeys=None)
    del new
    u.child = old
    child(r, u, rekeys=old)
    register(r, u, want4=HOME4, home4=HOME4)
    data(r, u)
    finish(r, u)


@named("an sa for user data besides, in tunnel mode")
def _(r: Run) -> None:
    u = start(r, access6())
    h, esp = u.habits, EspSuite("gcm256", "none")
    spis = {"ue": 0x5555, "ha": 0x6666}
    ni, nr = r.rng.randbytes(32), r.rng.randbytes(32)
    from tests.independent.crypt import child_keys
    from tests.independent.run import Child

    assert u.sa
    ends: list[Any] = [
        (i.TSI, i.ts(i.selector(u.hoa))),
        (i.TSR, i.ts(i.selector(addr("::"), addr("ffff:" * 7 + "ffff")))),
    ]
    r.protected(
        u,
        "ue",
        i.CHILD,
        [(i.SA, i.sa((1, 3, b"\0\0\x55\x55", i.esp_transforms(esp)))), (i.NONCE, ni), *ends],
        "child_data",
    )
    r.protected(
        u,
        "ha",
        i.CHILD,
        [(i.SA, i.sa((1, 3, b"\0\0\x66\x66", i.esp_transforms(esp)))), (i.NONCE, nr), *ends],
        "child_data_done",
        response=True,
    )
    keys = child_keys(h.ike.prf, u.sa.keys["d"], esp, ni + nr)
    made = Child(esp, spis, {"ue": keys[0], "ha": keys[1]})
    r.children.append((made, u))
    for k in range(4):
        for way in ("ue", "ha"):
            ends_ = (u.access.seen, u.ha6)[:: 1 if way == "ue" else -1]
            r.put(ip6(*ends_, 50, r.esp(u, made, way, user_packet(u, way, 6, k), 41)), "esp data")
    delete_child(r, u, made)
    finish(r, u)


@named("other mobility messages")
def _(r: Run) -> None:
    u = start(r, access6())
    r.wait(3)
    mobility(r, u, "ha", 0, b"\0\0", tag="brr")  # Binding Refresh Request
    register(r, u, want4=HOME4, home4=HOME4)
    mobility(r, u, "ue", 13, b"\0\0" + struct.pack("!I", 7) + b"\0\0", tag="heartbeat")
    mobility(r, u, "ha", 13, b"\0\1" + struct.pack("!I", 7) + b"\0\0", tag="heartbeat_r")
    here = (u.hoa, u.ha6)
    for way, kind in (("ue", 146), ("ha", 147)):
        assert u.first_child
        ends = here if way == "ue" else here[::-1]
        outer = (u.access.seen, u.ha6)[:: 1 if way == "ue" else -1]
        r.put(tunnelled(*outer, icmp6(*ends, kind, bytes(4))), "prefix discovery")
    r.wait(5)
    mobility(r, u, "ha", 16, bytes([1, 1]) + struct.pack("!HH", 9, 0) + bytes(2), tag="bri")
    mobility(r, u, "ue", 16, bytes([2, 0]) + struct.pack("!HH", 9, 0) + bytes(2), tag="bra")
    r.wait(5)
    delete_ike(r, u)


@named("refused, and another home agent found by dns")
def _(r: Run) -> None:
    u = ue(access6())
    with_ra(r, u)
    lookup(r, u, HA_APN, a6=[u.ha6], a4=[u.ha4])
    attach(r, u)
    register(r, u, answer={"status": 129})
    r.wait(1)
    delete_ike(r, u)
    to_other(u)
    lookup(r, u, "ha2." + HA_APN, a6=[OTHER6], a4=[OTHER4])
    u.prefix = addr("2001:db8:2:1::")
    u.update = None
    attach(r, u)
    register(r, u, home4=HOME4)
    data(r, u)
    finish(r, u)
    r.sessions = 2  # type: ignore[attr-defined]


@named("from the 3gpp access with pco to wlan")
def _(r: Run) -> None:
    u = ue(access6())
    create_session(r, u, "001010123456789", u.prefix)
    r.wait(10)
    with_ra(r, u)
    attach(r, u, pdn=u.prefix)
    register(r, u, home4=HOME4)
    data(r, u)
    finish(r, u)


@named("ifom by pco")
def _(r: Run) -> None:
    u = ue(access6(0x71))
    create_session(r, u, "001010123456789", u.prefix, ask=(7, 8, 9, 15), give=(7, 8, 9, 15))
    with_ra(r, u)
    attach(r, u, pdn=u.prefix)
    bu(r, u, bids=[m.bid(1, 5, u.access.address)], want4=True)
    ba(r, u, home4=HOME4)
    data(r, u)
    finish(r, u)


@named("home with one interface, abroad with the other")
def _(r: Run) -> None:
    u = ifom_start(r)
    wifi = access4(44)
    bu(r, u, access=wifi, bids=[m.bid(2, 10, wifi.address)])
    ba(r, u)
    data(r, u, access=wifi)
    data(r, u)
    bu(r, u, access=wifi, bids=[m.bid(2, 10, wifi.address)], life=0)
    ba(r, u)
    r.wait(3)
    data(r, u)
    finish(r, u)


@named("at the ue's side of the nat", capture_point="ue")
def _(r: Run) -> None:
    a = behind_nat()
    u = ue(a)
    outside, a.public = a.public, None
    real = r.ike

    def inside(u_: Any, sender: str, message: bytes, tag: str, sa: Any = None) -> None:
        real(u_, sender, message, tag, sa)

    r.ike = inside  # type: ignore[method-assign]
    assert outside
    init(r, u)
    auth(r, u)
    child(r, u)
    bu(r, u, want4=True)
    a.public, a.ports[4191] = outside, 4191
    u.home4 = HOME4
    message = ba(r, u, home4=HOME4)
    r.sent.pop()
    message.outer_dst, message.dport = a.address, 4191
    from tests.independent.moves import packet_of

    r.put(packet_of(r, u, message, "ha"), "ba")
    a.public = None
    data(r, u, encap="udp")
    data(r, u, encap="udp", inner=4)


@named("a long registration kept alive by updates")
def _(r: Run) -> None:
    u = start(r, behind_nat(), identity="0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org")
    for _k in range(12):
        r.wait(90)
        register(r, u, want4=HOME4, home4=HOME4)
        keepalive(r, u)
    data(r, u)
    finish(r, u)


@named("lifetime runs out, registered again")
def _(r: Run) -> None:
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u, life=10)
    data(r, u)
    r.wait(120)
    register(r, u, home4=HOME4)
    data(r, u)
    data(r, u, inner=4)
    finish(r, u)


@named("big updates in ipv6 fragments")
def _(r: Run) -> None:
    def cut(packet: bytes) -> list[tuple[float, bytes]]:
        head, body = packet[:40], packet[40:]
        out = []
        for start_ in range(0, len(body), 104):
            part = body[start_ : start_ + 104]
            more = 1 if start_ + 104 < len(body) else 0
            frag = bytes([packet[6], 0]) + struct.pack("!HI", start_ | more, 77) + part
            out.append((0.0002 * len(out), head[:4] + struct.pack("!H", len(frag)) + bytes([44]) + head[7:] + frag))
        return out

    r.edit["frame_init_request"] = cut
    r.edit["frame_auth_challenge"] = cut
    r.edit["frame_bu"] = cut
    flows = [m.flow(n, n, m.reference(1), m.chosen(m.selector4(src=PEER4, sport=n), 1)) for n in range(1, 12)]
    u = ifom_start(r, more=flows)
    data(r, u)
    finish(r, u)


@named("the answer overtakes what was sent before it")
def _(r: Run) -> None:
    u = start(r, behind_nat())
    for k in range(3):
        r.wait(10)
        bu(r, u, want4=HOME4)
        put_data(r, u, "ha", user_packet(u, "ha", 6, k), u.access, "", "data")
        put_data(r, u, "ue", user_packet(u, "ue", 6, k), u.access, "", "data")
        ba(r, u, home4=HOME4)
        put_data(r, u, "ha", user_packet(u, "ha", 4, k), u.access, "", "data")
    finish(r, u)


@named("moves before it is registered")
def _(r: Run) -> None:
    u = ue(access6(0x71))
    with_ra(r, u)
    attach(r, u)
    bu(r, u)
    r.wait(1.6)
    u.access = access6(0x72)
    with_ra(r, u)
    register(r, u, home4=HOME4)
    data(r, u)
    finish(r, u)


@named("ike over ipv6, registers over ipv4 later")
def _(r: Run) -> None:
    u = start(r, access6())
    data(r, u)
    r.wait(60)
    u.access = behind_nat()
    register(r, u, want4=HOME4, home4=HOME4)
    data(r, u)
    data(r, u, inner=4)
    r.wait(20)
    ra(r, u.prefix, addr("2001:db8:9::"))
    u.access = Access(u.hoa)
    bu(r, u, life=0, at_home=True)
    ba(r, u)
    r.wait(1)
    delete_ike(r, u)


@named("rekeys and reauthentication at once")
def _(r: Run) -> None:
    u = start(r, access4())
    old_sa, old_child = u.sa, u.child
    data(r, u)
    with_habits(u, initial_contact=False)
    attach(r, u, pdn=u.prefix)
    register(r, u, want4=HOME4, home4=HOME4)
    new_sa = u.sa
    u.sa = old_sa
    delete_ike(r, u)
    u.sa = new_sa
    del old_child
    rekey_ike(r, u)
    data(r, u)
    finish(r, u)


@named("nat-d notifies of a home agent that forces udp")
def _(r: Run) -> None:
    r.edit["init_response"] = lambda p: [
        (k, b[:4] + bytes(20)) if k == i.N and b[2:4] == b"\x40\x04" else (k, b) for k, b, *_ in p
    ]
    u = start(r, access4())
    data(r, u)
    finish(r, u)


UNUSED = (GTP, PEER6, Sent, Habits, noise)
