"""Violations by the Home Agent of clause 5.1.3.1, of IKEv2 and EAP-AKA by either end, and in discovery."""

from __future__ import annotations

import struct
from typing import Any

from tests.independent import ike as i
from tests.independent import mip as m
from tests.independent.attach import (
    attach,
    auth,
    init,
    probe,
)
from tests.independent.compliant import HOME4
from tests.independent.courses import start
from tests.independent.moves import (
    HA_APN,
    data,
    dhcp,
    lookup,
    noise,
    ra,
    register,
    with_ra,
)
from tests.independent.run import Habits, Run, access4, access6, behind_nat, ue
from tests.independent.violations import A, B, C, D, F, broken, course, drop, drop_notify, gone, put, swap
from tests.independent.wire import addr

# the Home Agent's side
broken("HA-5.1.3.1-01", "auth_challenge", A, B, auth_challenge=swap(i.IDR, i.ident(2, b"ims")))
broken("HA-5.1.3.1-01", "auth_challenge", C, D, auth_challenge=drop(i.IDR), also="RFC7296-05")
broken(
    "HA-5.1.3.1-02",
    "auth_done",
    "dns asked for",
    auth_done=swap(i.CP, i.config(2, [(10, bytes(16)), (3, bytes(4))])),
    also="UE-5.1.2.2-15 UE-5.1.1-01",
)
broken("HA-5.1.3.1-02", "auth_done", B, auth_done=drop(i.CP), also="UE-5.1.2.2-15 UE-5.1.1-01")
PREFIX = addr("2001:db8:1:1::")
broken(
    "HA-5.1.3.1-03",
    "auth_done",
    A,
    cfg_reply=lambda _a: [(16, i.home_prefix(PREFIX)[:20])],
    also="UE-5.1.2.2-15 UE-5.1.1-01 HA-5.1.3.1-02",
)
broken(
    "HA-5.1.3.1-03",
    "auth_done",
    B,
    cfg_reply=lambda _a: [(16, i.home_prefix(PREFIX, 129))],
    also="UE-5.1.2.2-15 UE-5.1.1-01 HA-5.1.3.1-02 UE-5.1.2.2-14",
)
broken("HA-5.1.3.1-03", "auth_done", C, cfg_reply=lambda _a: [(16, i.home_prefix(addr("2001:db8:1:1::5")))])
broken("HA-5.1.3.1-04", "auth_done", "dns asked for", cfg_reply=lambda a: [x for x in a if x[0] != 10])
broken("HA-5.1.3.1-04", "auth_done", "dns asked for", cfg_reply=lambda a: [x for x in a if x[0] != 3])
broken("HA-5.1.3.1-08", "init_response", A, B, init_response=put(i.notify(16428)))
broken("HA-5.1.3.1-10", "init_response", "protocol id of rfc 4306", facts={"ha_ifom": False})
broken(
    "HA-5.1.3.1-09", "init_response", "flows on two accesses", init_response=drop_notify(16428), also="UE-5.1.2.2-20"
)
broken(
    "HA-5.1.3.1-09",
    "init_response",
    "protocol id of rfc 4306",
    init_response=drop_notify(16428),
    facts={"ha_ifom": True},
)
broken("HA-5.1.3.1-15", "auth_challenge", A, auth_challenge=drop(i.EAP), also="RFC7296-05 RFC4187-01 RFC7296-04")
broken(
    "UE-5.1.2.2-20",
    "bu",
    "flows on two accesses",
    init_response=drop_notify(16428),
    also="HA-5.1.3.1-09",
    facts={"andsf_used": False},
)
broken(
    "UE-5.1.2.2-19",
    "init_request",
    "flows on two accesses",
    init_request=drop_notify(16428),
    init_response=drop_notify(16428),
    also="UE-5.1.2.1a-01",
    facts={"andsf_used": False},
)
broken(
    "UE-5.1.2.1a-01",
    "bu",
    "flows on two accesses",
    init_request=drop_notify(16428),
    init_response=drop_notify(16428),
    also="UE-5.1.2.2-19",
    facts={"andsf_used": False},
)


@course("HA-5.1.3.1-14", "init_request", also="RFC7296-04")
def _(r: Run) -> None:
    """IKE_SA_INIT not answered"""
    r.edit["frame_init_response"] = gone
    u = ue(access6())
    init(r, u)
    r.wait(60)
    noise(r, 1)


broken(
    "NET-B.x-01",
    "init_request",
    "protocol id of rfc 4306",
    init_request=lambda p: [*drop_notify(16428)(p), i.notify(16428, b"\0")],
)
broken(
    "NET-B.x-01",
    "init_response",
    "flows on two accesses",
    init_response=lambda p: [*drop_notify(16428)(p), i.notify(16428, proto=1, spi=bytes(4))],
)
broken(
    "NET-B.x-02",
    "auth_first",
    "the ike sa anew, with a pdn identifier",
    nth=1,
    auth_first=lambda p: [
        x if x[:1] != (i.N,) or x[1][2:4] != b"\xa0\0" else i.notify(40960, x[1][4:], spi=bytes(4)) for x in p
    ],
)

# RFC 7296
broken("RFC7296-01", "init_request", B, raw_init_request=lambda x: x[:8] + b"\1" * 8 + x[16:])
broken("RFC7296-02", "probe_done", "rekeys by both", id_probe_done=lambda n: n + 5)
broken("RFC7296-05", "init_request", A, init_request=drop(i.NONCE))
broken("RFC7296-05", "auth_done", A, B, auth_done=drop(i.TSR))
broken("RFC7296-05", "auth_last", C, auth_last=lambda _p: [], also="HA-5.1.3.1-15")
broken("RFC7296-05", "child", A, D, child=drop(i.NONCE))
broken("RFC7296-05", "child_done", B, child_done=drop(i.TSI))
broken("RFC7296-05", "rekey_ike", "rekeys by both", rekey_ike=drop(i.KE))
broken("RFC7296-06", "init_request", A, B, init_request=swap(i.NONCE, bytes(15)))
broken("RFC7296-06", "child_done", C, child_done=swap(i.NONCE, bytes(257)))
flip = lambda messages: [x[:-1] + bytes([x[-1] ^ 1]) for x in messages]  # noqa: E731
broken("RFC7296-07", "auth_success", A, B, C, F, raw_auth_success=flip)
broken("RFC7296-07", "delete_ike", A, D, raw_delete_ike=flip)
broken("RFC7296-08", "auth_first", A, B, auth_first=lambda p: [(*p[0], True), *p[1:]])
broken("RFC7296-08", "child_done", C, child_done=lambda p: [(*p[0], True), *p[1:]])
broken("RFC7296-08", "auth_challenge", A, auth_first=put((210, b"must know", True)), also="HA-5.1.3.1-15")
broken(
    "RFC7296-09",
    "init_response",
    A,
    init_response=swap(
        i.SA, i.sa((1, 1, b"", [i.transform(1, 12, 256), i.transform(2, 5), i.transform(3, 12), i.transform(4, 31)]))
    ),
)
broken("RFC7296-09", "init_response", B, init_response=swap(i.KE, struct.pack("!HH", 19, 0) + bytes(64)))


@course("RFC7296-03", "probe", nth=1)
def _(r: Run) -> None:
    """a retransmission with other bytes"""
    u = start(r, access6())
    r.wait(2)
    assert u.sa
    r.protected(u, "ue", i.INFO, [], "probe")
    r.wait(2)
    u.sa.next_id["ue"] -= 1
    r.protected(u, "ue", i.INFO, [i.notify(50000)], "probe")
    r.protected(u, "ha", i.INFO, [], "probe_done", response=True)


@course("RFC7296-01", "init_request")
def _(r: Run) -> None:
    """an initiator SPI of 0"""
    r.rng.randbytes, keep = (lambda n: bytes(n)), r.rng.randbytes  # type: ignore[method-assign]
    u = ue(access6())
    zero_spi(r, u, keep)


def zero_spi(r: Run, u: Any, keep: Any) -> None:
    def first(n: int) -> bytes:
        r.rng.randbytes = keep  # type: ignore[method-assign]
        return bytes(n)

    r.rng.randbytes = first  # type: ignore[method-assign]
    with_ra(r, u)
    attach(r, u)
    register(r, u)


@course("RFC7296-02", "auth_last")
def _(r: Run) -> None:
    """a message ID is left out"""
    u = ue(access6())

    def skip(payloads: Any) -> Any:
        u.sa.next_id["ue"] += 1  # type: ignore[union-attr]
        return payloads

    r.edit["auth_last"] = skip
    with_ra(r, u)
    attach(r, u)
    register(r, u)


@course("RFC7296-04", "probe")
def _(r: Run) -> None:
    """a request without response"""
    u = start(r, behind_nat())
    r.wait(2)
    r.edit["probe_done"] = lambda _p: None
    probe(r, u)
    r.wait(45)
    register(r, u, want4=HOME4, home4=HOME4)
    r.wait(50)
    data(r, u)


@course("RFC7296-11", "auth_done")
def _(r: Run) -> None:
    """success after EAP-Failure"""
    u = ue(access6())
    init(r, u)
    r.edit["auth_success"] = lambda _p: [(i.EAP, i.eap(4, 9))]
    auth(r, u)
    r.wait(1)


@course("RFC7296-11", "auth_done")
def _(r: Run) -> None:
    """AUTHENTICATION_FAILED beside CFG_REPLY"""
    u = ue(access4())
    init(r, u)
    r.edit["auth_done"] = put(i.notify(24))
    auth(r, u)
    r.wait(1)


# RFC 4187 and 5026
zero = (11, bytes(18))
broken("RFC4187-01", "auth_challenge", A, eap_challenge=lambda p: i.aka(1, p[1], 1, [(1, bytes(18)), zero], b"k"))
broken("RFC4187-01", "authr_challenge", B, eapr_challenge=lambda p: i.aka(2, p[1], 1, [zero], b"k"))
broken("RFC4187-01", "authr_challenge", C, eapr_challenge=lambda p: i.aka(2, p[1], 1, [(3, b"\0\x40" + bytes(8))]))
broken("RFC4187-01", "auth_challenge", F, eap_challenge=lambda p: i.aka(1, p[1], 1, [(1, bytes(18)), (2, bytes(18))]))
broken(
    "RFC4187-01",
    "auth_any",
    "fast re-authentication",
    eap_any=lambda p: i.aka(1, p[1], 5, [(13, b"\0\0"), (10, b"\0\0")]),
)
broken("RFC5026-01", "auth_done", A, B, cfg_reply=lambda _a: [(16, i.home_prefix(PREFIX, 64, 0))])
broken("RFC5026-01", "auth_first", C, auth_first=swap(i.CP, i.config(1, [(16, bytes(3))])))

# RFC 4877 and the CHILD SA
broken("RFC4877-02", "bu", A, child_done=drop_notify(16391))
broken("RFC4877-02", "bu", B, "many proposals", child_done=drop_notify(16391), also="")


# discovery
PAIR = [addr("2001:db8:ffff::1"), addr("192.0.2.1")]


def discovery(
    rule: str,
    at: str,
    also: str = "",
    *,
    edit: dict[str, Any] | None = None,
    name: str = "",
    look: dict[str, Any] | None = None,
    apn: bytes = b"internet",
    **how: Any,
) -> None:
    def play(r: Run) -> None:
        u = ue(access6(), Habits(idr=(2, apn)))
        r.edit.update(edit or {})
        ra(r, addr("2001:db8:77::"))
        dhcp(r, u, **(how or {"has": PAIR}))
        if name:
            lookup(r, u, name, **{"a6": [u.ha6], "a4": [u.ha4], **(look or {})})
        attach(r, u)
        register(r, u)

    play.__doc__ = f"{how} {name}"
    course(rule, at, also=also)(play)


DUIDS = m.dhcp_option(1, bytes.fromhex("00030001020000000007")), m.dhcp_option(2, bytes.fromhex("00030001020000000055"))
NAME = m.dhcp_option(49, m.name(HA_APN))
discovery(
    "UE-5.1.2.1.5-01",
    "dhcp_request",
    edit={"dhcp_request": lambda p: p[:4] + DUIDS[0] + m.dhcp_option(8, b"\0\0") + m.dhcp_option(6, b"\0\x45")},
)
discovery("UE-5.1.2.1.5-01", "dhcp_request", edit={"dhcp_request": lambda p: b"\1" + p[1:]})
discovery("UE-5.1.2.1.5-02", "dhcp_request", apn=b"ims")
discovery("UE-5.1.2.1.5-02", "dhcp_request", draft=True, has=PAIR, edit={"dhcp_request": lambda p: p[: p.rindex(b"\0\x31\0") + 4] + b"\0" + p[p.rindex(b"\0\x31\0") + 5 :]})  # fmt: skip  # noqa: E501
discovery(
    "NET-5.1.2.1.5-03", "dhcp_reply", edit={"dhcp_reply": lambda p: p[:4] + DUIDS[0] + DUIDS[1]}, also="UE-5.1.2.1.5-07"
)
discovery(
    "NET-5.1.2.1.5-03",
    "dhcp_reply",
    edit={"dhcp_reply": lambda p: p[:4] + DUIDS[0] + DUIDS[1] + m.dhcp_option(69, NAME)},
    also="UE-5.1.2.1.5-07",
)
discovery("UE-5.1.2.1.5-04", "dhcp_reply", fqdn="ha1.example.org", also="UE-5.1.2.1.5-07")
discovery("UE-5.1.2.1.5-04", "", fqdn="ha1.example.org", name="ha2.example.org", also="UE-5.1.2.1.5-07")
discovery("UE-5.1.2.1.5-05", "dns_28", fqdn="ha1.example.org", name="ha1.example.org", look={"kinds": (28,)})
discovery("UE-5.1.2.1.5-07", "init_request", has=[addr("2001:db8:ffff::5"), addr("192.0.2.5")])
discovery(
    "NET-5.1.2.1.5-06",
    "dnsr_28",
    has=PAIR,
    fqdn="ha1.example.org",
    name="ha1.example.org",
    look={"a6": [PAIR[0], addr("2001:db8:ffff::9")]},
)
discovery("NET-5.1.2.1.5-06", "dnsr_1", has=PAIR, fqdn="ha1.example.org", name="ha1.example.org", look={"a4": []})
