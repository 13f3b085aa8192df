"""The IKEv2 part of a run: IKE_SA_INIT, IKE_AUTH with EAP-AKA, CREATE_CHILD_SA, rekeys and ends, both peers played."""

from __future__ import annotations

import struct
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any

from tests.independent import ike as i
from tests.independent.crypt import ENCR, EspSuite, Suite, child_keys, exchange, first_seed, ike_keys, prf
from tests.independent.ike import IkeSa, Payload, notify
from tests.independent.run import Child, Habits, Run, Ue
from tests.independent.wire import Ip, addr

ANY6 = (addr("::"), addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
ANY4 = (addr("0.0.0.0"), addr("255.255.255.255"))
OTHER_IKE = Suite("3des", "sha1", "sha1", 2)
OTHER_ESP = EspSuite("3des", "sha1")


def note(h: Habits, kind: int, data: bytes = b"") -> Payload:
    return notify(kind, data, proto=h.protocol_id)


def _like(encr: str) -> int:
    """Another cipher that may stand in the same proposal: combined modes have no integrity beside them."""
    return ENCR[encr].number if ENCR[encr].icv and ENCR[encr].bits else 20 if ENCR[encr].icv else 12


def ike_sa(h: Habits, suite: Suite, spi: bytes = b"", *, answer: bool = False) -> Payload:
    if not h.many or answer:
        return i.SA, i.sa((2 if h.many else 1, 1, spi, i.ike_transforms(suite)))
    combined = [
        *i.ike_transforms(suite),
        i.transform(1, _like(suite.encr), 192),
        i.transform(2, 7),
        i.transform(4, 5),
        i.transform(4, 20),
    ]
    return i.SA, i.sa(
        (1, 1, spi, i.ike_transforms(OTHER_IKE)), (2, 1, spi, combined), (3, 1, spi, i.ike_transforms(OTHER_IKE))
    )


def esp_sa(h: Habits, suite: EspSuite, spi: int, *, group: int = 0, answer: bool = False) -> Payload:
    raw, mine = struct.pack("!I", spi), i.esp_transforms(suite, group)
    if not h.many:
        return i.SA, i.sa((1, 3, raw, mine))
    if answer:
        return i.SA, i.sa((2, 3, raw, mine))
    more = [*mine, i.transform(1, _like(suite.encr), 192), i.transform(5, 1 - int(suite.esn))]
    return i.SA, i.sa((1, 3, raw, i.esp_transforms(OTHER_ESP, group)), (2, 3, raw, more))


def init(r: Run, u: Ue, *, redirected_from: Ip | None = None, redirect: Ip | None = None) -> IkeSa:
    """IKE_SA_INIT up to keys, with the refusals that the habits ask for."""
    h = u.habits
    sa = IkeSa(r.rng.randbytes(8), r.rng.randbytes(8), h.ike)
    u.sa = sa
    sa.ni, sa.nr = r.rng.randbytes(32), r.rng.randbytes(40)
    mine, theirs, sa.secret = exchange(h.ike.group, r.rng)
    leading: list[Payload] = []
    if h.cookie:
        _request(r, u, sa, leading, mine, h.ike.group, redirected_from, "init_first")
        cookie = r.rng.randbytes(24)
        _refusal(r, u, sa, [note(h, 16390, cookie)])
        leading = [note(h, 16390, cookie)]
    if h.wrong_group:
        other, _, _ = exchange(h.wrong_group, r.rng)
        _request(r, u, sa, leading, other, h.wrong_group, redirected_from, "init_first")
        _refusal(r, u, sa, [note(h, 17, struct.pack("!H", h.ike.group))])
    _request(r, u, sa, leading, mine, h.ike.group, redirected_from, "init_request")
    if redirect is not None:
        _refusal(r, u, sa, [note(h, 16407, i.gateway(redirect) + sa.ni)], "init_redirect")
        return sa
    _response(r, u, sa, theirs)
    seed = first_seed(h.ike.prf, sa.ni, sa.nr, sa.secret)
    sa.keys = ike_keys(h.ike, seed, sa.ni, sa.nr, sa.spi_i + sa.spi_r)
    sa.next_id["ue"] = 1
    r.ikes.append((sa, sa.secret))
    if h.floats or (h.floats is None and u.access.address.version == 4):
        sa.port = 4500
    return sa


def _request(
    r: Run, u: Ue, sa: IkeSa, leading: list[Payload], value: bytes, group: int, redirected_from: Ip | None, tag: str
) -> None:
    h = u.habits
    offered = [ike_sa(h, h.ike)]
    if h.wrong_group:
        offered = [(i.SA, i.sa((1, 1, b"", [*i.ike_transforms(h.ike), i.transform(4, h.wrong_group)])))]
    body = [*leading, *offered, (i.KE, struct.pack("!HH", group, 0) + value), (i.NONCE, sa.ni)]
    if h.nat_d:
        body += [
            note(h, 16388, i.nat_hash(sa.spi_i, bytes(8), u.access.address, 500)),
            note(h, 16389, i.nat_hash(sa.spi_i, bytes(8), u.ha, 500)),
        ]
    body.append(note(h, 16408, i.gateway(redirected_from)) if redirected_from else note(h, 16406))
    if h.ifom:
        body.append(note(h, 16428))
    if h.cut_at:
        body.append(note(h, 16430))
    if h.odd_payloads:
        body += [
            note(h, 16431, b"\0\2\0\3"),
            note(h, 40999, b"xyz"),
            (i.V, b"\x12\x34" * 9),
            (150, b"from the future"),
            (i.V, b"u"),
        ]
    body = r.changed(tag, body)
    sa.first = i.plain_message(sa, 8, body, bytes(8))
    r.ike(u, "ue", r.changed("raw_" + tag, sa.first), tag)


def _refusal(r: Run, u: Ue, sa: IkeSa, body: list[Payload], tag: str = "init_refusal") -> None:
    body = r.changed(tag, body)
    r.ike(u, "ha", i.plain_message(sa, 0x20, body, bytes(8) if u.habits.protocol_id == 0 else sa.spi_r), tag)


def _response(r: Run, u: Ue, sa: IkeSa, value: bytes) -> None:
    h, a = u.habits, u.access
    body: list[Payload] = [
        ike_sa(h, h.ike, answer=True),
        (i.KE, struct.pack("!HH", h.ike.group, 0) + value),
        (i.NONCE, sa.nr),
    ]
    if h.nat_d:
        body += [
            note(h, 16388, i.nat_hash(sa.spi_i, sa.spi_r, u.ha, 500)),
            note(h, 16389, i.nat_hash(sa.spi_i, sa.spi_r, a.seen, a.port(500))),
        ]
    body.append((i.CERTREQ, b"\x04" + bytes(20)))
    if h.second:
        body.append(note(h, 16404))
    if h.ifom:
        body.append(note(h, 16428))
    if h.cut_at:
        body.append(note(h, 16430))
    if h.childless:
        body.append(note(h, 16418))
    if h.odd_payloads:
        body += [(i.V, b"an agent of note"), note(h, 16431, b"\0\2"), note(h, 50123)]
    body = r.changed("init_response", body)
    sa.second = i.plain_message(sa, 0x20, body)
    r.ike(u, "ha", r.changed("raw_init_response", sa.second), "init_response")


def auth(
    r: Run, u: Ue, *, redirect: Ip | None = None, redirect_late: bool = False, pdn: Ip | None = None, fail: bool = False
) -> None:
    """IKE_AUTH from the first request to the last answer."""
    h, sa = u.habits, u.sa
    assert sa
    idi, idr = i.ident(3, h.identity.encode()), i.ident(*h.idr)
    spis = {"ue": r.rng.getrandbits(31) | 0x400, "ha": r.rng.getrandbits(31) | 0x400}
    body: list[Payload] = [(i.IDI, idi)]
    if h.certs > 1:
        body.append((i.CERTREQ, b"\x04" + r.rng.randbytes(40)))
    body += [(i.IDR, idr), (i.CP, i.config(1, [(k, b"") for k in h.ask]))]
    if h.initial_contact:
        body.insert(1, note(h, 16384))
    if not h.childless:
        body += [esp_sa(h, h.first_esp, spis["ue"]), *_first_selectors(u)]
    if h.mobike:
        body += [note(h, 16396), note(h, 16399)]
    if h.second:
        body.append(note(h, 16404))
    if pdn:
        body.append(note(h, 40960, pdn.packed + b"\x40"))
    if h.odd_payloads:
        body += [note(h, 16417), note(h, 16394), note(h, 16395), note(h, 41101, b"\x01" * 9), (200, b"?"), (i.V, b"me")]
    r.protected(u, "ue", i.IKE_AUTH, body, "auth_first")
    k_aut, msk = r.rng.randbytes(16), r.rng.randbytes(64)
    octets = sa.second + sa.ni + prf(h.ike.prf, sa.keys["pr"], idr)
    _, certs = i.credentials("rsa" if h.auth.startswith("rsa") else "ec")
    mine: list[Payload] = [
        (i.IDR, idr),
        *[(i.CERT, b"\x04" + c) for c in certs[: h.certs]],
        (i.AUTH, i.signature(h.auth, octets)),
    ]
    if redirect is not None and not redirect_late:
        r.protected(u, "ha", i.IKE_AUTH, [*mine, note(h, 16407, i.gateway(redirect))], "auth_redirect", response=True)
        return
    _eap(r, u, mine, h, k_aut, h.identity, h.rounds, fail)
    if fail:
        return
    signed = i.shared_key(h.ike.prf, msk, sa.first + sa.nr + prf(h.ike.prf, sa.keys["pi"], idi))
    answer = i.shared_key(h.ike.prf, msk, octets)
    if h.second:
        _second(r, u, signed, answer, idi)
        idi = i.ident(3, b"jo@corp.example")
    else:
        r.protected(u, "ue", i.IKE_AUTH, [(i.AUTH, signed)], "auth_last")
    if redirect is not None:
        r.protected(
            u, "ha", i.IKE_AUTH, [(i.AUTH, answer), note(h, 16407, i.gateway(redirect))], "auth_redirect", response=True
        )
        return
    _finish(r, u, answer, spis)


def _first_selectors(u: Ue) -> list[Payload]:
    return [(i.TSI, i.ts(i.selector(*ANY6))), (i.TSR, i.ts(i.selector(*ANY6)))]


def _finish(r: Run, u: Ue, answer: bytes, spis: dict[str, int]) -> None:
    h, sa = u.habits, u.sa
    assert sa
    values: dict[int, list[bytes]] = {
        16: [i.home_prefix(u.prefix)],
        10: [addr("2001:db8:d::53").packed, addr("2001:db8:d::54").packed],
        3: [b""],
        19: [u.ha6.packed + u.ha4.packed],
        7: [b"agent 1.0"],
    }
    attributes = [(k, v) for k in h.reply for v in values[k]]
    body: list[Payload] = [(i.AUTH, answer), (i.CP, i.config(2, r.changed("cfg_reply", attributes)))]
    if not h.childless:
        body += [esp_sa(h, h.first_esp, spis["ha"], answer=True), *_first_selectors(u)]
        keys = child_keys(h.ike.prf, sa.keys["d"], h.first_esp, sa.ni + sa.nr)
        u.first_child = Child(h.first_esp, spis, {"ue": keys[0], "ha": keys[1]})
        r.children.append((u.first_child, u))
    if h.mobike:
        body += [note(h, 16396), note(h, 16397, u.ha4.packed)]
    if h.odd_payloads:
        body += [note(h, 16403, struct.pack("!I", 86400)), note(h, 42000, b"hello"), (201, b"!")]
    r.protected(u, "ha", i.IKE_AUTH, body, "auth_done", response=True)


def _second(r: Run, u: Ue, signed: bytes, answer: bytes, idi: bytes) -> None:
    """RFC 4739: another authentication, by EAP-TTLS-like MD5 challenge here."""
    h = u.habits
    r.protected(u, "ue", i.IKE_AUTH, [(i.AUTH, signed), note(h, 16405)], "auth_again")
    r.protected(u, "ha", i.IKE_AUTH, [(i.AUTH, answer)], "auth_again_ok", response=True)
    r.protected(u, "ue", i.IKE_AUTH, [(i.IDI, i.ident(3, b"jo@corp.example"))], "auth_second")
    r.protected(u, "ha", i.IKE_AUTH, [(i.EAP, i.eap(1, 91, b"\x04\x10" + bytes(16)))], "auth_second_eap", response=True)
    r.protected(u, "ue", i.IKE_AUTH, [(i.EAP, i.eap(2, 91, b"\x04\x10" + bytes(range(16))))], "auth_second_eap_r")
    r.protected(u, "ha", i.IKE_AUTH, [(i.EAP, i.eap(3, 91))], "auth_second_ok", response=True)
    r.protected(u, "ue", i.IKE_AUTH, [(i.AUTH, signed[:4] + bytes(reversed(signed[4:])))], "auth_last")


def _eap(
    r: Run, u: Ue, first: list[Payload], h: Habits, k_aut: bytes, who: str, rounds: tuple[str, ...], fail: bool
) -> None:
    number = r.rng.randrange(200)
    leading = first
    imsi = "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org"
    zero = (11, bytes(18))
    for kind in rounds:
        number += 1
        request, response = _round(r, kind, number, who, imsi, k_aut, zero)
        r.protected(
            u, "ha", i.IKE_AUTH, [*leading, (i.EAP, r.changed("eap_" + kind, request))], "auth_" + kind, response=True
        )
        leading = []
        r.protected(u, "ue", i.IKE_AUTH, [(i.EAP, r.changed("eapr_" + kind, response))], "authr_" + kind)
    end = [(i.EAP, i.eap(4 if fail else 3, number))]
    if fail:
        end = [(i.EAP, i.eap(4, number)), note(h, 24)]
    r.protected(u, "ha", i.IKE_AUTH, [*leading, *end], "auth_success", response=True)


def _round(r: Run, kind: str, n: int, who: str, imsi: str, k_aut: bytes, zero: Any) -> tuple[bytes, bytes]:
    reserved, rand16 = b"\0\0", lambda: b"\0\0" + r.rng.randbytes(16)
    full = [(1, rand16()), (2, rand16())]
    res = (3, struct.pack("!H", 64) + r.rng.randbytes(8))
    hidden = [(129, rand16()), (130, reserved + r.rng.randbytes(48))]
    if kind == "identity":
        return i.eap(1, n, b"\x01"), i.eap(2, n, b"\x01" + who.encode())
    if kind in ("any", "permanent", "fullauth"):
        ask = {"any": 13, "permanent": 10, "fullauth": 17}[kind]
        told = who if kind == "any" or (kind == "fullauth" and who[0] != "4") else imsi
        if kind == "fullauth" and who[0] == "4":
            told = "2pseudo77" + imsi[16:]
        return i.aka(1, n, 5, [(ask, reserved)]), i.aka(2, n, 5, [(14, i.sized(told.encode()))])
    if kind == "sync":
        return i.aka(1, n, 1, [*full, zero], k_aut), i.aka(2, n, 4, [(4, r.rng.randbytes(14))])
    if kind == "challenge+":  # with everything that may be in it
        many = [*full, *hidden, (134, reserved + r.rng.randbytes(20)), (135, reserved), zero]
        return i.aka(1, n, 1, many, k_aut), i.aka(
            2, n, 1, [res, (134, reserved + r.rng.randbytes(20)), (135, reserved), zero], k_aut
        )
    if kind == "notify":
        return i.aka(1, n, 12, [(12, struct.pack("!H", 32768)), zero], k_aut), i.aka(2, n, 12, [zero], k_aut)
    if kind == "reauth":
        return i.aka(1, n, 13, [*hidden, zero], k_aut), i.aka(2, n, 13, [*hidden, zero], k_aut)
    return i.aka(1, n, 1, [*full, zero], k_aut), i.aka(2, n, 1, [res, zero], k_aut)


# --- CHILD SAs -------------------------------------------------------------------------------------------------------


def home_selectors(style: str, hoa: Ip, ha: Ip) -> tuple[bytes, bytes]:
    """TSi and TSr as the UE writes them."""
    if style == "exact":
        return i.ts(i.selector(hoa, None, 135, 0x500, 0x500)), i.ts(i.selector(ha, None, 135, 0x600, 0x600))
    if style == "both":  # MH types of both messages on both sides
        pair = (i.selector(hoa, None, 135, 0x500, 0x600), i.selector(ha, None, 135, 0x500, 0x600))
        return i.ts(pair[0]), i.ts(pair[1])
    if style == "opaque":  # one selector a direction
        mine = i.ts(i.selector(hoa, None, 135, 0x500, 0x500), i.selector(hoa, None, 135, 65535, 0))
        return mine, i.ts(i.selector(ha, None, 135, 65535, 0), i.selector(ha, None, 135, 0x600, 0x600))
    if style == "wide":
        return i.ts(i.selector(hoa)), i.ts(i.selector(ha))
    if style == "protocol":
        return i.ts(i.selector(hoa, None, 135)), i.ts(i.selector(ha, None, 135))
    if style == "low bits":
        return i.ts(i.selector(hoa, None, 135, 0x500, 0x5FF)), i.ts(i.selector(ha, None, 135, 0x600, 0x6FF))
    packet = i.selector(hoa, None, 135, 0x500, 0x500), i.selector(ha, None, 135, 0x600, 0x600)
    return i.ts(packet[0], i.selector(hoa, None, 135)), i.ts(packet[1], i.selector(ha, None, 135))


def child(
    r: Run, u: Ue, *, by: str = "ue", rekeys: Child | None = None, tag: str = "child", hoa: Ip | None = None
) -> Child:
    """CREATE_CHILD_SA for Binding Updates and Acknowledgements, or its rekey by either side."""
    h, sa = u.habits, u.sa
    assert sa
    other = "ha" if by == "ue" else "ue"
    spis = {"ue": r.rng.getrandbits(31) | 0x400, "ha": r.rng.getrandbits(31) | 0x400}
    ni, nr = r.rng.randbytes(24), r.rng.randbytes(32)
    secret, kes = b"", [[], []]  # type: ignore[var-annotated]
    if h.group:
        *values, secret = exchange(h.group, r.rng)
        kes = [[(i.KE, struct.pack("!HH", h.group, 0) + v)] for v in values]
    tsi, tsr = home_selectors(h.selectors, hoa or u.hoa, u.ha6)
    if by == "ha":
        tsi, tsr = tsr, tsi
    ask: list[Payload] = [
        esp_sa(h, h.esp, spis[by], group=h.group),
        (i.NONCE, ni),
        *kes[0],
        (i.TSI, tsi),
        (i.TSR, tsr),
        note(h, 16391),
    ]
    if rekeys:
        ask.insert(0, notify(16393, b"", proto=3, spi=struct.pack("!I", rekeys.spi[by])))
    r.protected(u, by, i.CHILD, ask, tag)
    give: list[Payload] = [
        esp_sa(h, h.esp, spis[other], group=h.group, answer=True),
        (i.NONCE, nr),
        *kes[1],
        (i.TSI, tsi),
        (i.TSR, tsr),
        note(h, 16391),
    ]
    if h.odd_payloads:
        give = [note(h, 16394), *give, note(h, 44444, b"q")]
    r.protected(u, other, i.CHILD, give, tag + "_done", response=True)
    keys = child_keys(h.ike.prf if rekeys is None else sa.suite.prf, sa.keys["d"], h.esp, secret + ni + nr)
    made = Child(h.esp, spis, {by: keys[0], other: keys[1]})
    made.secret = secret  # type: ignore[attr-defined]
    r.children.append((made, u))
    if rekeys:
        delete_child(r, u, rekeys, by)
    u.child = made
    return made


def delete_child(r: Run, u: Ue, old: Child, by: str = "ue", tag: str = "delete_child") -> None:
    other = "ha" if by == "ue" else "ue"
    spi = {side: struct.pack("!BBH", 3, 4, 1) + struct.pack("!I", old.spi[side]) for side in ("ue", "ha")}
    r.protected(u, by, i.INFO, [(i.D, spi[by])], tag)
    r.protected(u, other, i.INFO, [(i.D, spi[other])], tag + "_done", response=True)


def rekey_ike(r: Run, u: Ue, by: str = "ue") -> IkeSa:
    old, h = u.sa, u.habits
    assert old
    other = "ha" if by == "ue" else "ue"
    new = IkeSa(
        r.rng.randbytes(8), r.rng.randbytes(8), h.ike, by, r.rng.randbytes(32), r.rng.randbytes(32), port=old.port
    )
    mine, theirs, new.secret = exchange(h.ike.group, r.rng)
    ke = [(i.KE, struct.pack("!HH", h.ike.group, 0) + v) for v in (mine, theirs)]
    r.protected(u, by, i.CHILD, [ike_sa(h, h.ike, new.spi_i), (i.NONCE, new.ni), ke[0]], "rekey_ike")
    answer = ike_sa(h, h.ike, new.spi_r, answer=True)
    r.protected(u, other, i.CHILD, [answer, (i.NONCE, new.nr), ke[1]], "rekey_ike_done", response=True)
    seed = prf(old.suite.prf, old.keys["d"], new.secret + new.ni + new.nr)
    new.keys = ike_keys(h.ike, seed, new.ni, new.nr, new.spi_i + new.spi_r)
    r.ikes.append((new, new.secret))
    delete_ike(r, u, by, tag="delete_old_ike")
    u.sa = new
    return new


def delete_ike(r: Run, u: Ue, by: str = "ue", tag: str = "delete_ike") -> None:
    other = "ha" if by == "ue" else "ue"
    r.protected(u, by, i.INFO, [(i.D, bytes([1, 0, 0, 0]))], tag)
    r.protected(u, other, i.INFO, [], tag + "_done", response=True)


def probe(
    r: Run,
    u: Ue,
    by: str = "ha",
    payloads: list[Payload] | None = None,
    answer: list[Payload] | None = None,
    tag: str = "probe",
) -> None:
    """Dead peer detection, or any other INFORMATIONAL."""
    r.protected(u, by, i.INFO, payloads or [], tag)
    r.protected(u, "ha" if by == "ue" else "ue", i.INFO, answer or [], tag + "_done", response=True)


def attach(r: Run, u: Ue, **how: Any) -> None:
    init(r, u)
    auth(r, u, **how)
    child(r, u)


def with_habits(u: Ue, **changes: Any) -> None:
    u.habits = replace(u.habits, **changes)


def random_home(prefix: Ip, seed: int) -> Ip:
    return IPv6Address(int(prefix) | (seed & 0xFFFFFFFFFFFFFFFF))
