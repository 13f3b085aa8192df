"""Decoding DHCPv4: RFC 2131 section 2; options by RFC 2132 section 2, overloaded ones by RFC 2131 section 4.1."""

from __future__ import annotations

from ipaddress import IPv4Address

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import detailed, ipv4_text, seconds, word
from dissectors.dhcpv4.messages import Dhcpv4Message, Dhcpv4Option, Operation, OptionCode
from dissectors.dhcpv4.text import WORDINGS, option_text
from dissectors.events import Malformed
from dissectors.inert import inert_text
from dissectors.ip_numbers import hex16, hex32

COOKIE = bytes((99, 130, 83, 99))
FIXED = Record(
    operation=("B", Operation), hardware_type="B", hardware_length="B", hops="B", transaction_id=("I", hex32),
    seconds=("H", seconds), flags=("H", hex16), client_address=("4s", ipv4_text), your_address=("4s", ipv4_text),
    next_server=("4s", ipv4_text), relay_agent=("4s", ipv4_text), hardware_address="16s",
)  # fmt: skip
SERVER_NAME, BOOT_FILE = 64, 128
IN_BOOT_FILE, IN_SERVER_NAME = 1, 2
"""Bits of the Option Overload option: RFC 2132 section 9.3."""
OPTION = Record(code=("B", OptionCode), length="B")


def decode_dhcpv4(r: Reader) -> Dhcpv4Message:
    """The DHCP or BOOTP message at ``r``, to its end. Never raises; what stands before a fault is kept."""
    try:
        operation, _, length, hops, transaction, elapsed, flags, *addresses, hardware = r.read(FIXED)
    except DissectError as error:
        return _cut(r, error)
    names = r.pos
    server_name = boot_file = b""
    overload = 0
    options: tuple[Dhcpv4Option, ...] = ()
    fault: Malformed | None
    try:
        server_name = r.take("server_name", SERVER_NAME, _text_of)
        boot_file = r.take("boot_file", BOOT_FILE, _text_of)
        options, overload, fault = _all_options(r, names)
    except DissectError as error:
        fault = _lost(r, error)
    if overload & IN_BOOT_FILE:
        boot_file = b""
    if overload & IN_SERVER_NAME:
        server_name = b""
    client, your, server, relay = map(IPv4Address, addresses)
    return Dhcpv4Message(
        operation, transaction, client, your, server, relay, hardware[:length], hops, elapsed, flags,
        _text_of(server_name), _text_of(boot_file), options, fault,
    )  # fmt: skip


def _cut(r: Reader, error: DissectError) -> Dhcpv4Message:
    """A header that is not whole: operation and transaction ID, as far as they are there."""
    head = r.peek(8).ljust(8, b"\0")
    return Dhcpv4Message(head[0], int.from_bytes(head[4:]), malformed=_lost(r, error))


def _lost(r: Reader, error: DissectError) -> Malformed:
    r.malformed(error)
    r.rest("undissected")
    return Malformed(error.reason, error.offset)


def _text_of(data: bytes) -> str:
    return inert_text(data.split(b"\0", 1)[0])


def _all_options(r: Reader, names: int) -> tuple[tuple[Dhcpv4Option, ...], int, Malformed | None]:
    """The options behind the cookie, then those that overload the file and server name fields, in RFC 2131's order.

    The number tells which of the two fields hold options: these name nothing then (RFC 2132 section 9.3).
    """
    if r.peek(len(COOKIE)) != COOKIE:
        return (), 0, _no_cookie(r)
    r.take("magic_cookie", len(COOKIE))
    options, fault = _options(r)
    overload = next((o.value[0] for o in options if o.code == OptionCode.OVERLOAD and o.value), 0)
    for bit, at, size in ((IN_BOOT_FILE, names + SERVER_NAME, BOOT_FILE), (IN_SERVER_NAME, names, SERVER_NAME)):
        if overload & bit:
            more, more_fault = _options(_again(r, at, size))
            options, fault = (*options, *more), fault or more_fault
    return options, overload, fault


def _again(r: Reader, at: int, size: int) -> Reader:
    """A reader over a part of the message that was passed already."""
    here, r.pos = r.pos, at
    part = r.part("overloaded_options", size)
    r.pos = here
    return part


def _no_cookie(r: Reader) -> Malformed | None:
    """BOOTP: a vendor area of another kind is nobody's fault, one that ends inside the cookie is."""
    cut = len(r.peek(len(COOKIE))) < len(COOKIE)
    error = r.error(f"options need {len(COOKIE)} bytes of cookie, {r.left} left")
    if cut:
        r.malformed(error)
    r.rest("vendor_area")
    return Malformed(error.reason, error.offset) if cut else None


def _options(r: Reader) -> tuple[tuple[Dhcpv4Option, ...], Malformed | None]:
    options: list[Dhcpv4Option] = []
    try:
        while r.left:
            code = r.peek(1)[0]
            if code in (OptionCode.PAD, OptionCode.END):
                r.rest("end") if code == OptionCode.END else _padding(r)
            else:
                options.append(_option(r))
    except DissectError as error:
        return tuple(options), _lost(r, error)
    return tuple(options), None


def _padding(r: Reader) -> None:
    """All pad options of a run at once."""
    data, end = r.data, r.pos
    while end < r.end and not data[end]:
        end += 1
    r.take("padding", end - r.pos)


def _option(r: Reader) -> Dhcpv4Option:
    ahead = r.peek(2)
    if len(ahead) < 2:
        raise r.error("option header is 2 bytes, 1 left")
    code, length = ahead
    if 2 + length > r.left:
        raise r.error(f"option is {2 + length} bytes, {r.left} are left")
    part = r.part("option", 2 + length)
    part.read(OPTION)
    return word(part, Dhcpv4Option(code, detailed(part, "value", length, WORDINGS.get(code))), option_text)
