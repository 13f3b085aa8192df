"""Binding Updates and Acknowledgements from the words of a ladder, with all that a compliant one carries.

``UE -> HA  BU seq=7 life=3600 flags=AHKR via=nat with IP4HOA BID(1 pri=5) without IP4COA``

``via`` is how the UE is attached: ``ipv6``, ``ipv4`` (no NAT), ``nat``, ``home``; it stays until another is named.
Options: ``seq``, ``life`` (s), ``flags`` (letters), ``status``, ``hoa``, ``coa`` (where the packet comes from or goes
to), ``port``, ``encap`` (none, udp, tlv, ipv4, ipv6), ``hao`` and ``rh2`` (an address, or none), ``dst`` (the HA's
address inside), ``spi``, ``clear`` (no ESP), ``icv=none`` (not checked), ``tunnelmode``,
``cksum`` (bad, unknown), ``proto``, ``shift`` (bytes by which the options stand off), ``cut`` and ``malformed``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from dissectors.addressing import Addressing
from dissectors.dsmipv6 import Dsmipv6Encapsulation, InnerKind, TlvHeader
from dissectors.esp import EspPacket, OpenedEsp
from dissectors.events import Address, Endpoint, Malformed
from dissectors.mobility.messages import BindingAck, BindingUpdate, MobilityMessage, OtherMobility
from dissectors.mobility.options import MobilityOption
from dissectors.mobility.registry import ACK_LETTERS, UPDATE_LETTERS, AckFlag, UpdateFlag
from dissectors.mobility_packet import MobilityPacket
from dissectors.protected import EspMessage
from dissectors.tunnels import Encapsulation
from rules.ladder.compliant import changed
from rules.ladder.mobility_options import mobility_options
from rules.ladder.payloads import name_of
from rules.ladder.scene import Node, filler
from rules.ladder.script import LadderError, Line
from rules.model import Role

UDP_PORT = 4191
NAT_PORT = 40001
FIRST_SEQUENCE = 1
LIFETIME = 3600
ENCAPSULATIONS = {
    "none": Encapsulation.NONE,
    "udp": Encapsulation.UDP,
    "tlv": Encapsulation.UDP_TLV,
    "ipv4": Encapsulation.IPV6_IN_IPV4,
    "ipv6": Encapsulation.IPV6_IN_IPV6,
}
WORDS = ("BU", "BA", "MH")


@dataclass(slots=True)
class Attached:
    """How a UE is attached, and what it asked for last."""

    via: str = "ipv6"
    coa: Address | None = None
    port: int = 0
    sequence: int = FIRST_SEQUENCE - 1
    lifetime: int = LIFETIME
    tokens: tuple[str, ...] = ()
    ipv4_home_address: str = "10.64.0.9"


@dataclass(slots=True)
class Attachments:
    """Every UE's attachment, by its name."""

    of: dict[str, Attached] = field(default_factory=dict)

    def get(self, ue: Node) -> Attached:
        return self.of.setdefault(ue.name, Attached())


def ipv4_of(node: Node) -> IPv4Address:
    """The IPv4 address at which a node is seen: of a UE behind a NAT, the NAT's."""
    return IPv4Address("203.0.113.0" if node.role is Role.UE else "198.51.100.0") + node.index


def private_of(node: Node) -> IPv4Address:
    """A UE's own address behind its NAT."""
    return IPv4Address("192.168.7.0") + node.index


def mobility_packet(line: Line, sender: Node, receiver: Node, attachments: Attachments, spi: int) -> MobilityPacket:
    """The message of a BU, BA or MH line, with its addresses and protection."""
    ue, ha = (sender, receiver) if sender.role is Role.UE else (receiver, sender)
    attached = attachments.get(ue)
    _move(line, attached, ue)
    tokens = line.payloads if line.payloads is not None else _compliant(line, attached, ue)
    tokens = changed(tokens, line.added, line.removed)
    if line.what == "BU" and line.payloads is None and any(name_of(t) == "BID" for t in line.added):
        tokens = tuple(t for t in tokens if name_of(t) not in ("ALTCOA", "IP4COA") or t in line.added)
    message = _message(line, tokens, attached, ue)
    addressing = _addressing(line, ue, ha, attached, to_ha=sender is ue)
    checksum = {"bad": False, "unknown": None}.get(line.options.get("cksum", ""), True)
    return MobilityPacket(message, addressing, checksum, _esp(line, spi))


def _move(line: Line, attached: Attached, ue: Node) -> None:
    """Takes note of how the UE is attached from here on; a BA goes where the last BU came from."""
    if "via" in line.options:
        attached.via = line.options["via"]
        if attached.via not in ("ipv6", "ipv4", "nat", "home"):
            raise LadderError(f"via ipv6, ipv4, nat or home: {line.text}")
        attached.coa = None
    if line.what == "BU" and "coa" in line.options:
        attached.coa = ip_address(line.options["coa"])
    if line.what == "BU":
        attached.port = int(line.options.get("port", NAT_PORT if attached.via == "nat" else UDP_PORT))


def care_of(attached: Attached, ue: Node) -> Address:
    """Where packets of the UE come from."""
    if attached.coa is not None:
        return attached.coa
    if attached.via == "home":
        return ue.home_address
    return ue.address if attached.via == "ipv6" else ipv4_of(ue)


def _own(attached: Attached, ue: Node) -> Address:
    """The care-of address as the UE knows it."""
    return private_of(ue) if attached.via == "nat" else care_of(attached, ue)


def _compliant(line: Line, attached: Attached, ue: Node) -> tuple[str, ...]:
    if line.what == "BA":
        return _compliant_answer(attached, int(line.options.get("status", 0)))
    if line.what != "BU" or attached.via == "home":
        return ()
    own = _own(attached, ue)
    return (f"ALTCOA={own}",) if own.version == 6 else (f"IP4COA={own}",)


def _compliant_answer(attached: Attached, status: int) -> tuple[str, ...]:
    if status >= 128:
        return ()
    words = []
    for token in attached.tokens:
        name = name_of(token)
        if name == "IP4HOA":
            words.append(f"IP4ACK(0 {attached.ipv4_home_address})")
        elif name in ("BID", "FID"):
            words.append(f"{name}({token[len(name) + 1 : -1].split()[0]})")
    if attached.via == "nat":
        words.append("NAT(F refresh=110)")
    return tuple(words)


def _message(line: Line, tokens: tuple[str, ...], attached: Attached, ue: Node) -> MobilityMessage:
    shift = int(line.options.get("shift", 0))
    options = tuple(replace(o, offset=o.offset + shift) for o in mobility_options(tokens, _own(attached, ue)))
    common: dict[str, Any] = {
        "payload_proto": int(line.options.get("proto", 59)),
        "size": 64,
        "header_len": 7,
        "malformed": Malformed("option overruns the message", 20) if "malformed" in line.options else None,
    }
    if line.what == "BU":
        return _update(line, options, tokens, attached, common)
    if line.what == "BA":
        return _answer(line, options, attached, common)
    return OtherMobility(int(line.options.get("type", 7)), b"", options, **common)


def _update(
    line: Line,
    options: tuple[MobilityOption, ...],
    tokens: tuple[str, ...],
    attached: Attached,
    common: dict[str, Any],
) -> BindingUpdate:
    attached.sequence = int(line.options.get("seq", (attached.sequence + 1) % 0x10000))
    attached.lifetime = int(line.options.get("life", LIFETIME))
    attached.tokens = tokens
    mobile = any(name_of(t) in ("BID", "FID") for t in tokens) and attached.lifetime > 0
    letters = line.options.get("flags", "AHKRO" if mobile else "AHKR")
    return BindingUpdate(
        attached.sequence, _flags(letters, UPDATE_LETTERS, UpdateFlag), attached.lifetime // 4, options, **common
    )


def _answer(line: Line, options: tuple[MobilityOption, ...], attached: Attached, common: dict[str, Any]) -> BindingAck:
    status = int(line.options.get("status", 0))
    lifetime = int(line.options.get("life", attached.lifetime if status < 128 else 0))
    flags = _flags(line.options.get("flags", "KR"), ACK_LETTERS, AckFlag)
    sequence = int(line.options.get("seq", attached.sequence))
    return BindingAck(status, flags, sequence, lifetime // 4, options, **common)


def _flags(letters: str, known: str, flags: type[UpdateFlag | AckFlag]) -> int:
    by_letter = dict(zip(known, sorted(flags, key=int, reverse=True), strict=True))
    try:
        return sum(int(by_letter[letter]) for letter in letters)
    except KeyError as unknown:
        raise LadderError(f"no such flag: {unknown}") from None


def _addressing(line: Line, ue: Node, ha: Node, attached: Attached, *, to_ha: bool) -> Addressing:
    options = line.options
    there = ip_address(options["coa"]) if "coa" in options else care_of(attached, ue)
    home = IPv6Address(options["hoa"]) if "hoa" in options else ue.home_address
    usual = {"ipv6": "none", "home": "none", "nat": "udp"}.get(attached.via, "udp" if to_ha else "ipv4")
    encapsulation = ENCAPSULATIONS[options.get("encap", usual)]
    ha_outer: Address = ha.address if there.version == 6 else ipv4_of(ha)
    inside = ip_address(options["dst"]) if "dst" in options else ha.address
    if encapsulation is Encapsulation.NONE and "dst" in options:
        ha_outer = inside
    named = _named(options.get("hao" if to_ha else "rh2"), home, there, encapsulation)
    end = home if named is not None or encapsulation is not Encapsulation.NONE else there
    if named is not None:
        end = named
    in_udp = encapsulation in (Encapsulation.UDP, Encapsulation.UDP_TLV)
    ue_port = int(options.get("port", attached.port or UDP_PORT)) if in_udp else 0
    ue_end, ha_end = Endpoint(there, ue_port), Endpoint(ha_outer, UDP_PORT if in_udp else 0)
    return Addressing(
        source=end if to_ha else inside,
        destination=inside if to_ha else end,
        outer_source=ue_end if to_ha else ha_end,
        outer_destination=ha_end if to_ha else ue_end,
        encapsulation=encapsulation,
        dsmipv6=_udp_header(encapsulation),
        home_address=named if to_ha else None,
        routing_home_address=None if to_ha else named,
    )


def _named(word: str | None, home: IPv6Address, there: Address, encapsulation: Encapsulation) -> IPv6Address | None:
    """What the Home Address option or the type 2 routing header holds, which an IPv6 care-of address calls for."""
    if word == "none":
        return None
    if word:
        return home if word == "HoA" else IPv6Address(word)
    return home if encapsulation is Encapsulation.NONE and there != home else None


def _udp_header(encapsulation: Encapsulation) -> Dsmipv6Encapsulation | None:
    if encapsulation is Encapsulation.UDP:
        return Dsmipv6Encapsulation(InnerKind.IPV6)
    return Dsmipv6Encapsulation(InnerKind.TLV, TlvHeader(41, 80)) if encapsulation is Encapsulation.UDP_TLV else None


def _esp(line: Line, spi: int) -> EspMessage | None:
    if "clear" in line.options:
        return None
    number = int(line.options["spi"], 16) if "spi" in line.options else spi
    tunnel = "tunnelmode" in line.options
    checked = None if line.options.get("icv") == "none" else True
    opened = OpenedEsp(filler("mobility header", 64), 41 if tunnel else 135, 2, b"\1\2", True, checked)
    return EspMessage(EspPacket(number, 1, filler(f"esp {number}", 96)), opened=opened)
