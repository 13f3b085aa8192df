"""DHCPv4 for scapy: RFC 2131 section 2, options of RFC 2132.

scapy's own ``BOOTP`` and ``DHCP`` build the header and every option by its name; so they are used here, with what
they lack: hardware addresses (scapy reads bytes that spell hex digits as text), options in the file and server name
fields, options in parts, sub-options of relay agents.

>>> head = Dhcp4(xid=7, chaddr=mac, flags="B")
>>> head / DHCP(options=[("message-type", "discover"), client_identifier(1, mac), "end"])
>>> Dhcp4(op=2, file=overloading([("hostname", b"phone")])) / DHCP(options=[("dhcp-option-overload", 1), "end"])
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from scapy.fields import ByteField, FieldLenField, StrFixedLenField, StrLenField
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.packet import bind_layers

from dissectors.scapy_layers.layer import Item

COOKIE = bytes((99, 130, 83, 99))
LONGEST = 255
"""Bytes of value that one option has room for."""
END = "end"

__all__ = [
    "DHCP",
    "Dhcp4",
    "Dhcp4RelaySubOption",
    "client_identifier",
    "in_parts",
    "overloading",
    "relay_agent_information",
]


def _hardware_address() -> list[Any]:
    """BOOTP's fields with ``chaddr`` as plain bytes, whose number ``hlen`` is where it is not given."""
    own = {
        "hlen": FieldLenField("hlen", None, fmt="B", length_of="chaddr"),
        "chaddr": StrFixedLenField("chaddr", b"", length=16),
    }
    return [own.get(field.name, field) for field in BOOTP.fields_desc]


class Dhcp4(BOOTP):  # type: ignore[misc]  # scapy is untyped
    """The message up to its options: scapy's BOOTP, with hardware addresses of any bytes."""

    name = "DHCPv4"
    fields_desc: ClassVar[list[Any]] = _hardware_address()


bind_layers(Dhcp4, DHCP, options=COOKIE)


class Dhcp4RelaySubOption(Item):
    """A sub-option of option 82: RFC 3046 section 2.0."""

    name = "relay agent sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("code", 1),
        FieldLenField("len", None, fmt="B", length_of="data"),
        StrLenField("data", b"", length_from=lambda pkt: pkt.len),
    ]


def relay_agent_information(*sub_options: Dhcp4RelaySubOption) -> tuple[str, bytes]:
    """Option 82 for ``DHCP(options=…)``; scapy has its value as opaque bytes."""
    return "relay_agent_information", b"".join(map(bytes, sub_options))


def client_identifier(kind: int, data: bytes) -> tuple[str, bytes]:
    """Option 61: RFC 2132 section 9.14."""
    return "client_id", bytes((kind,)) + data


def in_parts(code: int, value: bytes, size: int = LONGEST) -> list[tuple[int, bytes]]:
    """A value in options of up to ``size`` bytes each: RFC 3396 section 5. scapy cannot build more than 255."""
    return [(code, value[at : at + size]) for at in range(0, len(value) or 1, size)]


def overloading(options: Iterable[Any]) -> bytes:
    """Options for the file or server name field, which option 52 announces: RFC 2131 section 4.1."""
    return bytes(DHCP(options=[*options, END]))
