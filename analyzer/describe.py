"""One line for a packet, as tshark's summary would put it: source, destination, protocol, length, info."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from analyzer.packets import Packet
from analyzer.roles import role_of
from dissectors.dhcpv4 import Dhcpv4Message, describe_dhcpv4
from dissectors.dhcpv6 import Dhcpv6, describe_dhcpv6
from dissectors.dns import DnsMessage, describe_dns
from dissectors.eap import AkaSubtype, EapCode, EapPacket, EapType
from dissectors.events import Address, SealReason
from dissectors.icmp import IcmpMessage, Icmpv6Message
from dissectors.ikev2.messages import (
    Authentication,
    Configuration,
    Delete,
    Eap,
    Encrypted,
    Identification,
    IkeMessage,
    MalformedPayload,
    Notify,
    Payload,
    TrafficSelectors,
    UnknownPayload,
)
from dissectors.ikev2.registry import AttributeType, AuthMethod, CfgType, NotifyType, PayloadType, ProtocolId
from dissectors.inert import inert
from dissectors.mobility.messages import MobilityMessage
from dissectors.mobility.text import describe_mobility
from dissectors.neighbor.messages import NeighborMessage
from dissectors.neighbor.text import describe_icmpv6
from dissectors.protected import EspMessage
from dissectors.record import record
from dissectors.stack import Carried
from dissectors.tunnels import Encapsulation

SHORT = {
    "SecurityAssociation": "SA",
    "KeyExchange": "KE",
    "Nonce": "Nonce",
    "Certificate": "CERT",
    "CertificateRequest": "CERTREQ",
    "VendorId": "V",
}
MOST_PAYLOADS = 40
"""Payloads that a line names; a hostile message holds thousands."""
MOST_NAME = 256
PROTOCOLS = {
    Carried.ICMP: "ICMP",
    Carried.ICMPV6: "ICMPv6",
    Carried.MOBILITY: "MIPv6",
    Carried.DHCPV6: "DHCPv6",
    Carried.DHCPV4: "DHCP",
    Carried.DNS: "DNS",
    Carried.KEEPALIVE: "UDPENCAP",
    Carried.UDP: "UDP",
    Carried.TCP: "TCP",
    Carried.FRAGMENT: "IP",
    Carried.MALFORMED: "IP",
    Carried.NOT_IP: "LINK",
    Carried.OTHER: "IP",
}


PLAIN: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (NeighborMessage, describe_icmpv6),
    (Dhcpv6, describe_dhcpv6),
    (Dhcpv4Message, describe_dhcpv4),
    (DnsMessage, describe_dns),
)


@record
class Line:
    """The columns of one packet."""

    source: str
    destination: str
    protocol: str
    info: str
    source_role: str = ""  # HoA, CoA, IPv4 CoA, HA … in the packet's session
    destination_role: str = ""

    @property
    def from_whom(self) -> str:
        """The source with its role beside it."""
        return f"{self.source} ({self.source_role})" if self.source_role else self.source

    @property
    def to_whom(self) -> str:
        """The destination with its role beside it."""
        return f"{self.destination} ({self.destination_role})" if self.destination_role else self.destination


def describe(packet: Packet) -> Line:
    """The packet's columns; ``info`` is inert text."""
    stack = packet.stack
    message = packet.message
    if isinstance(message, IkeMessage):
        protocol, info = ("IKEv2" if message.version >> 4 == 2 else "ISAKMP"), ike_info(message)
    elif isinstance(message, EspMessage):
        protocol, info = _esp(message, packet.inner)
    else:
        protocol, info = PROTOCOLS.get(stack.carried, "IP"), plain_info(packet)
    if stack.malformed is not None:
        info += f" [Malformed: {stack.malformed}]"
    if packet.note:
        info += f" [{packet.note}]"
    if stack.carried is Carried.NOT_IP:
        return Line("", "", protocol, info.strip())
    source, destination = stack.source.address, stack.destination.address
    return Line(
        str(source), str(destination), protocol, info.strip(), _role(packet, source), _role(packet, destination)
    )


def _role(packet: Packet, address: Address) -> str:
    return role_of(address, packet.context.session) if packet.context else ""


def _esp(message: EspMessage, inner: Packet | None) -> tuple[str, str]:
    """Of a Mobility Header in ESP that message is what counts, the ESP packet comes behind it."""
    if inner is not None and isinstance(inner.message, MobilityMessage) and message.sealed is None:
        wrong = f" [Malformed: {inner.stack.malformed}]" if inner.stack.malformed else ""
        shown = f"{mobility_info(inner)}{wrong} | ESP SPI=0x{message.spi:08x} seq={message.sequence}"
        return "MIPv6", shown + unchecked(message)
    return "ESP", esp_info(message, inner)


def mobility_info(packet: Packet) -> str:
    """The message, and what it travels in."""
    message, ends = packet.message, packet.stack.addressing
    text = describe_mobility(message)
    if ends.encapsulation is not Encapsulation.NONE:
        text += f", {ends.encapsulation.value} {ends.outer_source} → {ends.outer_destination}"
    return text


def name_of(number: int, registry: type[IntEnum]) -> str:
    """The registry's name for a number, or the number."""
    try:
        return registry(number).name
    except ValueError:
        return str(number)


def ike_info(message: IkeMessage) -> str:
    """``IKE_AUTH MID=01 Initiator Request [IDi IDr CP(REQUEST …)]``, with what is wrong behind it."""
    sender = "Initiator" if message.from_initiator else "Responder"
    kind = "Response" if message.is_response else "Request"
    text = f"{message.name} MID={message.message_id:02} {sender} {kind}"
    encrypted = message.encrypted
    if encrypted is not None and encrypted.total:
        text += f" (fragment {encrypted.number}/{encrypted.total})"
    shown = [p for p in (*message.payloads, *message.inner) if not isinstance(p, Encrypted)]
    if shown:
        more = f" … {len(shown) - MOST_PAYLOADS} more" if len(shown) > MOST_PAYLOADS else ""
        text += f" [{' '.join(payload_text(p) for p in shown[:MOST_PAYLOADS])}{more}]"
    if message.sealed is not None and (message.malformed is None or message.sealed.reason is not SealReason.MALFORMED):
        text += f" [Sealed: {message.sealed}]"
    if message.malformed is not None:
        text += f" [Malformed: {message.malformed}]"
    return text


def payload_text(payload: Payload) -> str:
    """A payload in short, as strongSwan's log names it."""
    short = SHORT.get(type(payload).__name__)
    if short is not None:
        return short
    match payload:
        case Identification():
            return f"{'IDi' if payload.initiator else 'IDr'}={_short(payload.text)}"
        case Authentication():
            return f"AUTH({name_of(payload.method, AuthMethod)})"
        case Notify():
            return f"N({name_of(payload.type, NotifyType)})"
        case Delete():
            spis = "".join(f" 0x{spi.hex()}" for spi in payload.spis[:8])
            return f"D({name_of(payload.protocol, ProtocolId)}{spis})"
        case TrafficSelectors():
            return "TSi" if payload.initiator else "TSr"
        case Configuration():
            kinds = dict.fromkeys(name_of(a.type, AttributeType) for a in payload.attributes)
            return f"CP({' '.join([name_of(payload.cfg_type, CfgType), *list(kinds)[:MOST_PAYLOADS]])})"
        case Eap():
            return eap_text(payload.packet)
        case MalformedPayload():
            return f"{name_of(payload.type, PayloadType)}!malformed({payload.fault})"
        case UnknownPayload():
            return f"P{payload.type}"
    return type(payload).__name__


def _short(text: str) -> str:
    """An identity; one may be 64 kB long."""
    return inert(text if len(text) <= MOST_NAME else text[:MOST_NAME] + "…")


def eap_text(packet: EapPacket) -> str:
    """``EAP(Request/AKA-Challenge)``."""
    code = name_of(packet.code, EapCode).capitalize()
    if packet.type is None:
        return f"EAP({code})"
    method = {EapType.AKA: "AKA", EapType.AKA_PRIME: "AKA'", EapType.IDENTITY: "Identity"}.get(
        packet.type,
        name_of(packet.type, EapType),  # type: ignore[call-overload]
    )
    if packet.subtype is not None:
        method += "-" + name_of(packet.subtype, AkaSubtype).replace("_", "-").title()
    identity = f"={_short(packet.identity)}" if packet.identity else ""
    return f"EAP({code}/{method}{identity})"


def esp_info(message: EspMessage, inner: Packet | None) -> str:
    """SPI, sequence number and what is inside, or why it is closed."""
    text = f"SPI=0x{message.spi:08x} seq={message.sequence}{unchecked(message)}"
    if message.packet.malformed is not None:
        return f"{text} [Malformed: {message.packet.malformed}]"
    if message.sealed is not None:
        return f"{text} [Sealed: {message.sealed}]"
    if inner is None:
        return text
    line = describe(inner)
    ends = f"{line.source} → {line.destination} " if inner.stack.layers else ""
    return f"{text} | {ends}{line.protocol} {line.info}"


def unchecked(message: EspMessage) -> str:
    """A word where the integrity of what was opened could not be checked."""
    return " [ICV not checked]" if message.opened is not None and message.opened.icv_ok is None else ""


def icmp_text(message: IcmpMessage | Icmpv6Message) -> str:
    """``ECHO_REQUEST id=0x6d08 seq=1``."""
    text = message.name if not message.code else f"{message.name} code={message.code}"
    if message.identifier is not None:
        text += f" id=0x{message.identifier:04x} seq={message.sequence}"
    return f"{text} [Malformed: {message.malformed}]" if message.malformed else text


def plain_info(packet: Packet) -> str:
    """For what is neither IKE nor ESP."""
    stack, message = packet.stack, packet.message
    if isinstance(message, IcmpMessage | Icmpv6Message):
        return icmp_text(message)
    if isinstance(message, MobilityMessage):
        return mobility_info(packet)
    for kind, word in PLAIN:
        if isinstance(message, kind):
            return word(message)
    if stack.carried is Carried.KEEPALIVE:
        return "NAT-keepalive"
    if stack.carried is Carried.FRAGMENT:
        return "Fragment, waits for the others"
    if stack.carried in (Carried.UDP, Carried.TCP, Carried.DHCPV6, Carried.DHCPV4, Carried.DNS):
        return f"{stack.source.port} → {stack.destination.port} Len={stack.body.left}"
    return ""
