"""Violations by the UE of what clause 5.1.2.2 asks of IKEv2 and EAP-AKA."""

from __future__ import annotations

from typing import Any

from tests.independent import ike as i
from tests.independent.attach import (
    attach,
    auth,
    child,
    delete_ike,
    init,
    probe,
    with_habits,
)
from tests.independent.compliant import HOME4
from tests.independent.courses import OTHER6, start, to_other
from tests.independent.moves import (
    ba,
    bu,
    data,
    noise,
    register,
    with_ra,
)
from tests.independent.run import Habits, Run, access4, access6, behind_nat, ue
from tests.independent.violations import A, B, C, D, F, G, broken, course, drop, drop_notify, put, swap
from tests.independent.wire import addr, udp

# 5.1.2.2, the UE's side
broken("UE-5.1.2.2-02", "init_request", A, B, "cookie", init_request=drop_notify(16406))
broken(
    "UE-5.1.2.2-03",
    "auth_first",
    A,
    C,
    auth_first=swap(i.IDI, i.ident(11, b"0001010123456789@nai.epc")),
    also="UE-5.1.2.2-24",
)
broken("UE-5.1.2.2-03", "auth_first", B, auth_first=swap(i.IDI, i.ident(2, b"phone.example.org")), also="UE-5.1.2.2-24")
broken("UE-5.1.2.2-03", "auth_first", F, auth_first=swap(i.IDI, i.ident(3, b"0001010123456789")))
broken("UE-5.1.2.2-03", "auth_first", G, auth_first=drop(i.IDI), also="RFC7296-05 UE-5.1.2.2-24")
broken("UE-5.1.2.2-04", "auth_first", A, D, auth_first=drop(i.IDR), also="HA-5.1.3.1-01")
broken(
    "UE-5.1.2.2-04",
    "auth_first",
    B,
    auth_first=swap(i.IDR, i.ident(3, b"ha@example.org")),
    auth_challenge=swap(i.IDR, i.ident(3, b"ha@example.org")),
)
broken(
    "UE-5.1.2.2-04",
    "auth_first",
    C,
    auth_first=swap(i.IDR, i.ident(2, b"in ter..net")),
    auth_challenge=swap(i.IDR, i.ident(2, b"in ter..net")),
)
OTHER_ID = b"0001010777777777@nai.epc.mnc001.mcc001.3gppnetwork.org"
broken(
    "UE-5.1.2.2-05",
    "authr_identity",
    "eap identity first",
    eapr_identity=lambda _p: i.eap(2, _p[1], b"\x01" + OTHER_ID),
)
broken(
    "UE-5.1.2.2-05",
    "authr_any",
    "eap identity, aka identity, all attributes",
    eapr_any=lambda p: i.aka(2, p[1], 5, [(14, i.sized(OTHER_ID))]),
)
broken("UE-5.1.2.2-06", "authr_identity", "pseudonym", facts={"first_attach": True})
broken(
    "UE-5.1.2.2-08",
    "auth_first",
    A,
    B,
    auth_first=lambda p: [p[0], (i.AUTH, b"\2\0\0\0" + bytes(32)), *p[1:]],
    also="HA-5.1.3.1-15",
)
broken("HA-5.1.2.2-09", "auth_challenge", A, D, auth_challenge=drop(i.CERT), also="RFC7296-05")
broken("HA-5.1.2.2-09", "auth_challenge", B, auth_challenge=swap(i.AUTH, b"\2\0\0\0" + bytes(32)))
broken("HA-5.1.2.2-09", "auth_challenge", C, auth_challenge=drop(i.AUTH), also="RFC7296-05")
broken("UE-5.1.2.2-12", "auth_first", A, auth_first=drop(i.CP))
broken("UE-5.1.2.2-12", "auth_first", "dns asked for", auth_first=swap(i.CP, i.config(1, [(10, b""), (3, b"")])))
FAR = addr("2001:db8:9:9::1234")
broken("UE-5.1.2.2-16", "child", A, B, child=swap(i.TSI, i.ts(i.selector(addr("2001:db8:1:1::bad"), None, 135, 0x500, 0x500))), child_done=swap(i.TSI, i.ts(i.selector(addr("2001:db8:1:1::bad"), None, 135, 0x500, 0x500))), also="RFC4877-01 UE-5.1.2.2-15 UE-5.1.1-01")  # fmt: skip  # noqa: E501


def selected(style: str) -> dict[str, Any]:
    """Both directions of a CHILD SA with other selectors."""

    def change(side: int) -> Any:
        def f(payloads: list[Any]) -> list[Any]:
            hoa = addr(next(p[1] for p in payloads if p[0] == i.TSI)[-16:])
            ha = addr(next(p[1] for p in payloads if p[0] == i.TSR)[-16:])
            both = {
                "udp": (i.ts(i.selector(hoa, None, 17)), i.ts(i.selector(ha, None, 17))),
                "no bu": (
                    i.ts(i.selector(hoa, None, 135, 0x100, 0x100)),
                    i.ts(i.selector(ha, None, 135, 0x600, 0x600)),
                ),
                "no ba": (
                    i.ts(i.selector(hoa, None, 135, 0x500, 0x500)),
                    i.ts(i.selector(ha, None, 135, 0x100, 0x100)),
                ),
            }[style]
            return swap(i.TSR, both[1])(swap(i.TSI, both[0])(payloads))

        return f

    return {"child": change(0), "child_done": change(1)}


broken("UE-5.1.2.2-16", "child", A, C, also="RFC4877-01", **selected("udp"))
broken("UE-5.1.2.2-16", "child", B, also="RFC4877-01", **selected("no bu"))
broken("UE-5.1.2.2-16", "child", F, also="RFC4877-01", **selected("no ba"))
broken(
    "UE-5.1.2.2-18",
    "auth_first",
    A,
    B,
    auth_first=put(i.notify(40960, addr("2001:db8:1:1::").packed + b"\x40")),
    facts={"first_attach": True, "capture_point": "ha"},
)
broken(
    "UE-5.1.2.2-24",
    "auth_first",
    "pseudonym",
    auth_first=swap(i.IDI, i.ident(3, b"bob@nai.epc.mnc001.mcc001.3gppnetwork.org")),
    also="UE-5.1.2.2-05",
)
broken(
    "UE-5.1.2.2-24", "auth_first", A, auth_first=swap(i.IDI, i.ident(3, b"012@nai.epc.mnc001.mcc001.3gppnetwork.org"))
)
broken("UE-5.1.2.2-23", "auth_again", "second authentication", auth_first=drop_notify(16404))
broken("UE-5.1.2.2-23", "auth_again", "second authentication", init_response=drop_notify(16404))
broken("UE-5.1.2.2-26", "child_done", A, child=swap(i.SA, i.sa((1, 3, b"\0\0\x55\x55", [i.transform(1, 12, 128), i.transform(5, 0)]))), child_done=swap(i.SA, i.sa((1, 3, b"\0\0\x55\x56", [i.transform(1, 12, 128), i.transform(5, 0)]))), also="RFC4877-01")  # fmt: skip  # noqa: E501


@course("UE-5.1.2.2-01", "init_request", nth=1)
def _(r: Run) -> None:
    """the Home Agent begins"""
    u = start(r, access6())
    r.wait(5)
    spi = r.rng.randbytes(8)
    first = next(s for s in r.sent if s.tag == "init_request")
    message = spi + first.packet[56:]
    r.put(udp(u.ha6, 500, u.access.address, 500, message), "init_request")
    r.wait(0.1)


@course("UE-5.1.2.2-25", "init_response")
def _(r: Run) -> None:
    """no IKE_AUTH"""
    u = ue(access6())
    init(r, u)
    r.wait(60)
    noise(r, 1)


@course("UE-5.1.2.2-10", "auth_redirect")
def _(r: Run) -> None:
    """redirect not followed"""
    u = ue(access6())
    init(r, u)
    auth(r, u, redirect=OTHER6)
    delete_ike(r, u)
    r.wait(60)
    noise(r, 1)


@course("UE-5.1.2.2-11", "auth_redirect")
def _(r: Run) -> None:
    """no DELETE after a redirect"""
    u = ue(access6())
    init(r, u)
    auth(r, u, redirect=OTHER6, redirect_late=True)
    to_other(u)
    init(r, u, redirected_from=addr("2001:db8:ffff::1"))
    auth(r, u)
    child(r, u)
    register(r, u)
    data(r, u)
    r.wait(60)
    noise(r, 1)


@course("RFC5685-01", "init_request", nth=1)
def _(r: Run) -> None:
    """REDIRECTED_FROM names another"""
    u = ue(access6())
    init(r, u)
    auth(r, u, redirect=OTHER6)
    delete_ike(r, u)
    to_other(u)
    init(r, u, redirected_from=addr("2001:db8:fffd::1"))
    auth(r, u)
    child(r, u)
    register(r, u)


@course("RFC5685-01", "init_request", nth=1)
def _(r: Run) -> None:
    """no REDIRECTED_FROM"""
    u = ue(access6())
    init(r, u)
    auth(r, u, redirect=OTHER6, redirect_late=True)
    delete_ike(r, u)
    to_other(u)
    init(r, u)
    auth(r, u)
    child(r, u)
    register(r, u)


@course("HA-5.1.3.1-11", "auth_redirect")
def _(r: Run) -> None:
    """redirect by FQDN"""
    u = ue(access6())
    init(r, u)
    r.edit["auth_redirect"] = lambda p: [*p[:-1], i.notify(16407, i.gateway("ha2.example.org"))]
    auth(r, u, redirect=OTHER6, redirect_late=True)
    delete_ike(r, u)
    to_other(u)
    init(r, u, redirected_from=addr("2001:db8:ffff::1"))
    auth(r, u)


@course("HA-5.1.3.1-11", "auth_redirect")
def _(r: Run) -> None:
    """nonce data in IKE_AUTH"""
    u = ue(access6())
    init(r, u)
    r.edit["auth_redirect"] = lambda p: [*p[:-1], i.notify(16407, i.gateway(OTHER6) + bytes(32))]
    auth(r, u, redirect=OTHER6)
    delete_ike(r, u)
    to_other(u)
    init(r, u, redirected_from=addr("2001:db8:ffff::1"))
    auth(r, u)


@course("HA-5.1.3.1-11", "auth_redirect", also="UE-5.1.2.2-02")
def _(r: Run) -> None:
    """the UE did not announce support"""
    u = ue(access6())
    r.edit["init_request"] = drop_notify(16406)
    init(r, u)
    auth(r, u, redirect=OTHER6)
    delete_ike(r, u)
    to_other(u)
    del r.edit["init_request"]
    init(r, u, redirected_from=addr("2001:db8:ffff::1"))
    auth(r, u)


@course("HA-5.1.3.1-12", "auth_redirect")
def _(r: Run) -> None:
    """a prefix beside the redirect"""
    u = ue(access6())
    init(r, u)
    r.edit["auth_redirect"] = put((i.CP, i.config(2, [(16, i.home_prefix(addr("2001:db8:1:1::")))])))
    auth(r, u, redirect=OTHER6, redirect_late=True)
    delete_ike(r, u)
    to_other(u)
    init(r, u, redirected_from=addr("2001:db8:ffff::1"))
    auth(r, u)


@course("HA-5.1.3.1-13", "delete_ike", also="RFC7296-04")
def _(r: Run) -> None:
    """DELETE not answered"""
    r.edit["delete_ike_done"] = lambda _p: None
    u = start(r, access6())
    delete_ike(r, u)
    r.wait(60)
    noise(r, 1)


@course("HA-5.1.3.1-13", "probe", also="RFC7296-10")
def _(r: Run) -> None:
    """the Home Agent goes on with a deleted SA"""
    u = start(r, behind_nat())
    delete_ike(r, u)
    r.wait(5)
    probe(r, u)
    r.wait(1)


@course("RFC7296-10", "probe")
def _(r: Run) -> None:
    """the UE goes on with a deleted SA"""
    r.edit["probe_done"] = lambda _p: None
    u = start(r, access6())
    delete_ike(r, u)
    r.wait(5)
    probe(r, u, "ue")
    r.wait(1)


@course("RFC7296-10", "bu", nth=1)
def _(r: Run) -> None:
    """a Binding Update on a rekeyed CHILD SA"""
    u = start(r, access6())
    old = u.child
    child(r, u, rekeys=old)
    r.wait(10)
    bu(r, u, child=old)
    ba(r, u, child=u.child)
    r.wait(1)


@course("UE-5.1.2.2-14", "child", also="UE-5.1.2.2-16 UE-5.1.2.2-15 UE-5.1.1-01 HA-5.1.3.2-18")
def _(r: Run) -> None:
    """a Home Address outside the prefix"""
    u = ue(access6())
    with_ra(r, u)
    init(r, u)
    auth(r, u)
    u.prefix = addr("2001:db8:44:4::")
    child(r, u)
    register(r, u, answer={"status": 132})
    r.wait(1)


@course("UE-5.1.2.2-15", "")
def _(r: Run) -> None:
    """no CREATE_CHILD_SA"""
    u = ue(access4())
    init(r, u)
    auth(r, u)
    r.wait(60)
    probe(r, u)


@course("UE-5.1.1-01", "bu", also="UE-5.1.2.2-15 RFC4877-02")
def _(r: Run) -> None:
    """the Binding Update before the CHILD SA"""
    u = ue(access6())
    with_ra(r, u)
    init(r, u)
    auth(r, u)
    u.child = u.first_child
    register(r, u)
    child(r, u)
    data(r, u)


@course("UE-5.1.2.2-07", "auth_first", nth=1)
def _(r: Run) -> None:
    """the IMSI again though there is a pseudonym"""
    u = ue(access6(), Habits(rounds=("identity", "challenge+", "notify")))
    with_ra(r, u)
    attach(r, u)
    register(r, u)
    bu(r, u, life=0)
    ba(r, u)
    delete_ike(r, u)
    r.wait(20)
    u.update = None
    attach(r, u)
    register(r, u)


@course("UE-5.1.2.2-17", "auth_first", nth=1)
def _(r: Run) -> None:
    """no PDN Identifier for a connection that lives"""
    u = start(r, access6())
    delete_ike(r, u, "ha")
    r.wait(3)
    with_habits(u, initial_contact=False)
    attach(r, u)
    register(r, u, want4=HOME4, home4=HOME4)


@course("UE-5.1.2.2-17", "auth_first", nth=1)
def _(r: Run) -> None:
    """another prefix in the PDN Identifier"""
    u = start(r, access6())
    delete_ike(r, u)
    r.wait(3)
    with_habits(u, initial_contact=False)
    attach(r, u, pdn=addr("2001:db8:66::"))
    register(r, u, want4=HOME4, home4=HOME4)


@course("HA-5.1.3.1-16", "auth_done", nth=1, also="HA-5.1.3.1-05")
def _(r: Run) -> None:
    """another prefix though the connection lives"""
    u = start(r, access6())
    delete_ike(r, u, "ha")
    r.wait(3)
    keep = u.prefix
    init(r, u)
    u.prefix = addr("2001:db8:1:99::")
    auth(r, u, pdn=keep)
    child(r, u)
    u.update = None
    register(r, u)


@course("HA-5.1.3.1-06", "auth_done", nth=1, also="HA-5.1.3.1-16 HA-5.1.3.1-05")
def _(r: Run) -> None:
    """IKEv2 over the PDN connection gets another prefix"""
    u = start(r, access6(), idr=(2, b"internet"))
    r.wait(3)
    v = ue(access6(), u.habits)
    v.access.address = addr("2001:db8:1:1::77")
    init(r, v)
    v.prefix = addr("2001:db8:1:55::")
    auth(r, v, pdn=u.prefix)
    child(r, v)


@course("HA-5.1.3.1-07", "auth_done", nth=1)
def _(r: Run) -> None:
    """two UEs with one prefix"""
    u = start(r, access6(0x71))
    v = ue(access6(0x72), Habits(identity="0001010999999999@nai.epc.mnc001.mcc001.3gppnetwork.org"), 2, prefix=u.prefix)
    with_ra(r, v)
    attach(r, v)
    register(r, v)
