"""What was decoded of one packet, under the names that tshark has for it (``tshark -G fields``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeAlias

from analyzer.packets import Packet
from dissectors.ikev2.messages import IkeMessage, Notify
from dissectors.mobility.messages import BindingAck, BindingUpdate, MobilityMessage
from dissectors.mobility.options import (
    AlternateCareOfAddress,
    BindingIdentifier,
    BindingRefreshAdvice,
    Ipv4AddressAck,
    Ipv4CareOfAddress,
    Ipv4HomeAddress,
    MobilityOption,
    NatDetection,
)
from dissectors.mobility.registry import OptionType
from dissectors.protected import EspMessage

Values: TypeAlias = Iterator[tuple[str, object]]
IKE_CLEAR = ("isakmp.ispi", "isakmp.rspi", "isakmp.exchangetype", "isakmp.flags", "isakmp.messageid")
IKE_INSIDE = ("isakmp.notify.msgtype",)
ESP_CLEAR, ESP_INSIDE = ("esp.spi", "esp.sequence"), ("esp.protocol",)
UPDATE_FLAGS = ("bu.a", "bu.h", "bu.l", "bu.k", "bu.m", "nemo.bu.r", "bu.p", "bu.f", "bu.t", "bu.b")
"""From the highest bit on; tshark calls the O flag of RFC 5648 B."""
ACK_FLAGS = ("ba.k", "nemo.ba.r", "ba.p", "ba.t", "ba.b")
OPTION_FIELDS: dict[type[MobilityOption], dict[str, str]] = {
    BindingRefreshAdvice: {"mip6.bra.interval": "interval"},
    AlternateCareOfAddress: {"mip6.acoa.acoa": "address"},
    Ipv4HomeAddress: {"mip6.ipv4ha.preflen": "prefix_length", "mip6.ipv4ha.ha": "address"},
    Ipv4AddressAck: {"mip6.ipv4aa.sts": "status", "mip6.ipv4ha.preflen": "prefix_length", "mip6.ipv4ha.ha": "address"},
    NatDetection: {"mip6.natd.f_flag": "force_udp", "mip6.natd.refresh_t": "refresh_seconds"},
    Ipv4CareOfAddress: {"mip6.ipv4coa.addr": "address"},
    BindingIdentifier: {
        "mip6.bi.bid": "binding_id",
        "mip6.bi.status": "status",
        "mip6.bi.coa_ipv{}": "care_of_address",
    },
}
OPTION_SIZE = "mip6.mobility_opt.len"
MOBILITY = (
    "mip6.mhtype", "mip6.csum", "mip6.bu.seqnr", "mip6.bu.lifetime", "mip6.ba.seqnr", "mip6.ba.lifetime",
    "mip6.ba.status", *(f"mip6.{flag}_flag" for flag in (*UPDATE_FLAGS, *ACK_FLAGS)), OPTION_SIZE,
    "mip6.bra.interval", "mip6.acoa.acoa", "mip6.ipv4ha.preflen", "mip6.ipv4ha.ha", "mip6.ipv4aa.sts",
    "mip6.natd.f_flag", "mip6.natd.refresh_t", "mip6.ipv4coa.addr", "mip6.bi.bid", "mip6.bi.status",
    "mip6.bi.coa_ipv4", "mip6.bi.coa_ipv6",
)  # fmt: skip


@dataclass(slots=True)
class Facts:
    """What is compared of one frame: ``clear`` without a key, ``inside`` only if ``opened``."""

    frame: int
    protocol: str
    clear: dict[str, list[str]] = field(default_factory=dict)
    inside: dict[str, list[str]] = field(default_factory=dict)
    opened: bool | None = None  # ``None`` where nothing is sealed
    malformed: bool = False
    option_types: tuple[int, ...] = ()  # of a Mobility Header, those that have a length


def facts_of(packet: Packet) -> Facts | None:
    """What was decoded of a packet, as far as tshark has it too."""
    message = packet.message
    if packet.stack.malformed is not None or not packet.stack.complete:
        return None
    if isinstance(message, IkeMessage):
        return _ike(packet, message)
    if isinstance(message, EspMessage):
        return _esp(packet, message)
    if isinstance(message, MobilityMessage):
        facts = Facts(packet.number, "Mobility Header")
        facts.clear = _grouped(MOBILITY, _mobility(packet, message, facts))
        facts.malformed = message.malformed is not None
        return facts
    return None


def _ike(packet: Packet, message: IkeMessage) -> Facts | None:
    if message.version >> 4 != 2 or message.malformed is not None:
        return None
    encrypted = message.encrypted
    facts = Facts(packet.number, "IKE")
    facts.clear = _grouped(IKE_CLEAR, iter((
        ("isakmp.ispi", message.initiator_spi.hex()), ("isakmp.rspi", message.responder_spi.hex()),
        ("isakmp.exchangetype", int(message.exchange_type)), ("isakmp.flags", int(message.flags)),
        ("isakmp.messageid", message.message_id),
    )))  # fmt: skip
    notifies = (("isakmp.notify.msgtype", int(notify.type)) for notify in message.each(Notify))
    if encrypted is None:
        facts.clear |= _grouped(IKE_INSIDE, notifies)
        return facts
    facts.opened = packet.sealed is None
    if facts.opened and (not encrypted.total or encrypted.joined):
        facts.inside = _grouped(IKE_INSIDE, notifies)
    return facts


def _esp(packet: Packet, message: EspMessage) -> Facts:
    facts = Facts(packet.number, "ESP", opened=message.opened is not None)
    facts.clear = _grouped(ESP_CLEAR, iter((("esp.spi", message.spi), ("esp.sequence", message.sequence))))
    if message.opened is None:
        return facts
    facts.inside = _grouped(ESP_INSIDE, iter([("esp.protocol", message.opened.next_header)]))
    inner = packet.inner
    if inner is not None and isinstance(inner.message, MobilityMessage):
        facts.inside |= _grouped(MOBILITY, _mobility(inner, inner.message, facts))
        facts.malformed = inner.message.malformed is not None
    return facts


def _grouped(names: tuple[str, ...], values: Values) -> dict[str, list[str]]:
    """All names, so that what only tshark has is missed here."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for name, value in values:
        found[name].append(str(value))
    return found


def _mobility(packet: Packet, message: MobilityMessage, facts: Facts) -> Values:
    yield from (("mip6.mhtype", message.type), ("mip6.csum", message.checksum))
    match message:
        case BindingUpdate():
            yield from (("mip6.bu.seqnr", message.sequence), ("mip6.bu.lifetime", message.lifetime))
            yield from _bits(UPDATE_FLAGS, message.flags, 16)
        case BindingAck():
            yield from (("mip6.ba.seqnr", message.sequence), ("mip6.ba.lifetime", message.lifetime))
            yield "mip6.ba.status", message.status
            yield from _bits(ACK_FLAGS, message.flags, 8)
    sized = [option for option in message.options if option.type != OptionType.PAD1]
    facts.option_types = tuple(option.type for option in sized)
    body = packet.stack.body
    for option in sized:
        yield OPTION_SIZE, body.data[body.pos + option.offset + 1]
        yield from _option(option)


def _bits(names: tuple[str, ...], flags: int, width: int) -> Values:
    yield from ((f"mip6.{name}_flag", flags >> (width - 1 - at) & 1) for at, name in enumerate(names))


def _option(option: MobilityOption) -> Values:
    for name, attribute in OPTION_FIELDS.get(type(option), {}).items():
        value: Any = getattr(option, attribute)
        if isinstance(value, IPv4Address | IPv6Address):
            yield name.format(value.version), value
        elif value is not None:
            yield name, int(value)
