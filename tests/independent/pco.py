"""PCO in GTPv2-C by hand (TS 29.274, TS 24.008 10.5.6.3): a Create Session exchange of the 3GPP access."""

from __future__ import annotations

import struct
from typing import Any

from tests.independent.run import Run, Ue
from tests.independent.wire import Ip, addr, udp

GTP = (addr("10.20.0.1"), addr("10.20.0.2"))  # serving gateway, PDN gateway


def ie(kind: int, body: bytes, instance: int = 0) -> bytes:
    return struct.pack("!BHB", kind, len(body), instance) + body


def gtp(kind: int, teid: int, number: int, *ies: bytes) -> bytes:
    body = struct.pack("!I", teid) + number.to_bytes(3, "big") + b"\0" + b"".join(ies)
    return struct.pack("!BBH", 0x48, kind, len(body)) + body


def containers(items: list[tuple[int, bytes]]) -> bytes:
    return b"\x80" + b"".join(struct.pack("!HB", number, len(body)) + body for number, body in items)


def tbcd(digits: str) -> bytes:
    digits += "f" * (len(digits) % 2)
    return bytes(int(digits[k + 1] + digits[k], 16) for k in range(0, len(digits), 2))


def create_session(
    r: Run,
    u: Ue,
    imsi: str,
    prefix: Ip,
    *,
    ask: tuple[int, ...] = (7, 8, 9),
    give: tuple[int, ...] = (7, 8, 9),
    apn: str = "internet",
) -> None:
    values: dict[int, bytes] = {7: u.ha6.packed, 8: prefix.packed + b"\x40", 9: u.ha4.packed, 15: b""}
    label = bytes([len(apn)]) + apn.encode()
    teid = r.rng.getrandbits(32)
    fteid = ie(87, b"\x86" + struct.pack("!I", teid) + GTP[0].packed)
    bearer = ie(93, ie(73, b"\x05") + ie(80, bytes(22)))
    request = [
        ie(1, tbcd(imsi)),
        ie(82, b"\x06"),
        fteid,
        ie(71, label),
        ie(128, b"\0"),
        ie(99, b"\x02"),
        ie(79, b"\x02\x40" + bytes(16)),
        ie(127, b"\0"),
    ]
    asked = containers([(n, b"") for n in ask])
    message = gtp(32, 0, 77, *request, ie(78, asked), bearer)
    r.put(udp(GTP[0], 2123, GTP[1], 2123, r.changed("pco_request", message)), "pco_request")
    given = containers([(n, values[n]) for n in give])
    paa = ie(79, b"\x02\x40" + prefix.packed)
    answer: list[Any] = [
        ie(2, b"\x10\0"),
        ie(87, b"\x87" + struct.pack("!I", 99) + GTP[1].packed, 1),
        paa,
        ie(127, b"\0"),
        ie(78, given),
    ]
    r.put(
        udp(GTP[1], 2123, GTP[0], 2123, gtp(33, teid, 77, *answer, ie(93, ie(73, b"\x05") + ie(2, b"\x10\0")))),
        "pco_answer",
    )
