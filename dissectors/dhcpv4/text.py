"""DHCPv4 options and messages in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from dissectors.buffer import Reader
from dissectors.detail import ipv4_text, seconds, view
from dissectors.dhcpv4.messages import UNSPECIFIED, Dhcpv4Message, Dhcpv4Option, MessageType, OptionCode, RelaySuboption
from dissectors.events import Malformed
from dissectors.inert import inert_text, text_or_hex
from dissectors.tree import render

INFINITE = 0xFFFFFFFF
LONGEST = 80

Wording: TypeAlias = Callable[[Reader], str]


def option_text(option: Dhcpv4Option) -> str:
    """Code and value in words: ``SERVER_IDENTIFIER (54) 192.0.2.1``; hex where it has not its type's form."""
    wording = WORDINGS.get(option.code)
    text = view(option.value, wording) if wording and option.value else option.value.hex()
    return f"{render(option.code, OptionCode)} {option.value.hex() if isinstance(text, Malformed) else text}".rstrip()


def describe_dhcpv4(message: Dhcpv4Message) -> str:
    """``DHCP ACK XID 0x00003d1d, gives 192.0.2.5, lease 3600 s, server 192.0.2.1``; inert, of bounded length."""
    text = ", ".join([f"{_name(message)} XID 0x{message.transaction_id:08x}", *_facts(message)])
    return f"{text} [Malformed: {message.malformed}]" if message.malformed else text


def _name(message: Dhcpv4Message) -> str:
    kind = message.message_type
    if kind is None:
        return BOOTP.get(message.operation, f"BOOTP operation {message.operation}")
    return f"DHCP {NAMES.get(kind, f'type {kind}')}"


def _facts(message: Dhcpv4Message) -> Iterator[str]:
    if message.requested_address is not None:
        yield f"asks for {message.requested_address}"
    if message.client_address != UNSPECIFIED:
        yield f"client {message.client_address}"
    if message.your_address != UNSPECIFIED:
        yield f"gives {message.your_address}"
    if message.lease_time is not None:
        yield f"lease {lease_text(message.lease_time)}"
    if message.server_identifier is not None:
        yield f"server {message.server_identifier}"
    if message.host_name:
        yield f'host "{_short(message.host_name)}"'
    if message.is_rapid:
        yield "rapid commit"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


BOOTP = {1: "Boot Request", 2: "Boot Reply"}
NAMES: dict[int, str] = {
    kind: kind.name if kind in (MessageType.ACK, MessageType.NAK) else kind.name.capitalize() for kind in MessageType
}


def lease_text(value: int) -> str:
    return "for ever" if value == INFINITE else seconds(value)


def _addresses(r: Reader) -> str:
    texts = [ipv4_text(r.take("address", 4, ipv4_text))]
    while r.left:
        texts.append(ipv4_text(r.take("address", 4, ipv4_text)))
    return ", ".join(texts)


def _seconds(r: Reader) -> str:
    return lease_text(r.number("seconds", 4, lease_text))


def _number(r: Reader) -> str:
    return str(r.number("number", r.left))


def _text(r: Reader) -> str:
    return inert_text(r.rest("text", inert_text))


def _opaque(r: Reader) -> str:
    return text_or_hex(r.rest("value", text_or_hex))


def _client_identifier(r: Reader) -> str:
    """RFC 2132 section 9.14: a hardware type and address, or type 0 and anything; RFC 4361's has type 255."""
    kind = r.number("identifier_type", 1)
    value = r.rest("identifier", text_or_hex if kind == 0 else bytes.hex)
    return f"type {kind} {text_or_hex(value) if kind == 0 else value.hex()}"


def _relay_agent(r: Reader) -> str:
    """RFC 3046 section 2.0: sub-options within the option's length."""
    texts: list[str] = []
    while r.left:
        code = r.number("suboption_code", 1, RelaySuboption)
        value = r.take("value", r.number("length", 1), text_or_hex)
        texts.append(f"{render(code, RelaySuboption)} {text_or_hex(value)}")
    return ", ".join(texts)


def _type(r: Reader) -> str:
    return render(r.number("message_type", 1, MessageType), MessageType)


def _codes(r: Reader) -> str:
    codes: list[str] = []
    while r.left:
        codes.append(render(r.number("code", 1, OptionCode), OptionCode))
    return ", ".join(codes)


_C = OptionCode
WORDINGS: dict[int, Wording] = {
    **dict.fromkeys((_C.SUBNET_MASK, _C.ROUTER, _C.DOMAIN_NAME_SERVER, _C.BROADCAST_ADDRESS), _addresses),
    **dict.fromkeys((_C.REQUESTED_ADDRESS, _C.SERVER_IDENTIFIER, _C.SUBNET_SELECTION), _addresses),
    **dict.fromkeys((_C.LEASE_TIME, _C.RENEWAL_TIME, _C.REBINDING_TIME), _seconds),
    **dict.fromkeys((_C.INTERFACE_MTU, _C.MAXIMUM_MESSAGE_SIZE, _C.OVERLOAD), _number),
    **dict.fromkeys((_C.HOST_NAME, _C.DOMAIN_NAME, _C.MESSAGE), _text),
    **dict.fromkeys((_C.VENDOR_CLASS, _C.VENDOR_SPECIFIC), _opaque),
    _C.CLIENT_IDENTIFIER: _client_identifier,
    _C.RELAY_AGENT_INFORMATION: _relay_agent,
    _C.MESSAGE_TYPE: _type,
    _C.PARAMETER_REQUEST_LIST: _codes,
}
