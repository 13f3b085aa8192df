"""Fields of ESP, and of EAP inside IKEv2."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.filters.fields_network import NAMED, carried
from analyzer.filters.kinds import Kind
from analyzer.filters.spec import Table, many, messages
from analyzer.filters.view import View
from dissectors.eap import AkaSubtype, EapCode, EapPacket, EapType
from dissectors.eap.packets import AkaAttributeType
from dissectors.events import SealReason
from dissectors.ikev2.messages import Eap
from dissectors.ip_numbers import IpProtocol
from dissectors.protected import EspMessage
from dissectors.walk import Carried

TABLE = Table()
NUMBER, BOOLEAN = Kind.NUMBER, Kind.BOOLEAN
METHODS = {
    "Legacy Nak (Response Only)": EapType.NAK.value,
    "MD5-Challenge EAP (EAP-MD5-CHALLENGE)": EapType.MD5_CHALLENGE.value,
    "Generic Token Card EAP (EAP-GTC)": EapType.GTC.value,
    "TLS EAP (EAP-TLS)": EapType.TLS.value,
    "GSM Subscriber Identity Modules EAP (EAP-SIM)": EapType.SIM.value,
    "Tunneled TLS EAP (EAP-TTLS)": EapType.TTLS.value,
    "UMTS Authentication and Key Agreement EAP (EAP-AKA)": EapType.AKA.value,
    "Protected EAP (EAP-PEAP)": EapType.PEAP.value,
    "EAP-AKA": EapType.AKA.value,
    "EAP-AKA'": EapType.AKA_PRIME.value,
}
SUBTYPES = {f"AKA-{kind.name}": kind.value for kind in AkaSubtype} | {"Re-authentication": 13}
SIM_SUBTYPES = (10, 11)


def eap_packets(view: View) -> Iterator[EapPacket]:
    for payload in view.payloads:
        if isinstance(payload, Eap):
            yield payload.packet


def _icv_bad(message: EspMessage) -> bool | None:
    if message.sealed is not None:
        return True if message.sealed.reason is SealReason.ICV_MISMATCH else None
    return not message.opened.icv_ok if message.opened and message.opened.icv_ok is not None else None


def _esp() -> None:
    row = TABLE.of(messages, EspMessage)
    TABLE.add("esp", Kind.PROTOCOL, carried(Carried.ESP), "An ESP packet")
    row("esp.spi", NUMBER, lambda m: m.spi, "SPI")
    row("esp.sequence", NUMBER, lambda m: m.sequence, "Sequence number, the 32 bits on the wire")
    row("esp.pad_len", NUMBER, lambda m: m.opened and m.opened.pad_length, "Pad length, once opened")
    row(
        "esp.protocol",
        NUMBER,
        lambda m: m.opened and m.opened.next_header,
        "Next header, once opened",
        registry=IpProtocol,
        aliases=NAMED,
    )
    row(
        "esp.icv_good",
        BOOLEAN,
        lambda m: m.opened.icv_ok if m.opened else None,
        "The ICV is right",
        differs="Wireshark has it only where esp.enable_authentication_check is on",
    )
    row(
        "esp.icv_bad",
        BOOLEAN,
        _icv_bad,
        "The ICV is wrong with every key that fits",
        differs="Wireshark has it only where esp.enable_authentication_check is on",
    )


def _eap() -> None:
    row = TABLE.of(eap_packets, EapPacket)
    row("eap", Kind.PROTOCOL, lambda p: b"", "An EAP packet in IKEv2")
    row("eap.code", NUMBER, lambda p: p.code, "Code", registry=EapCode)
    row("eap.id", NUMBER, lambda p: p.identifier, "Identifier")
    row("eap.len", NUMBER, lambda p: p.size, "Length in bytes")
    row("eap.type", NUMBER, lambda p: p.type, "Method", registry=EapType, aliases=METHODS)
    row(
        "eap.identity",
        Kind.STRING,
        lambda p: p.identity,
        "The identity a Response gives",
        differs="Wireshark has that of EAP-Response/Identity and of AT_IDENTITY in parts of their own",
    )
    row(
        "eap.aka.subtype",
        NUMBER,
        lambda p: None if p.subtype in SIM_SUBTYPES else p.subtype,
        "Subtype of EAP-AKA",
        registry=AkaSubtype,
        aliases=SUBTYPES,
    )
    kinds = many(eap_packets, EapPacket, lambda p: [a.type for a in p.attributes])
    TABLE.add("eap.aka.subtype.type", NUMBER, kinds, "Types of EAP-AKA attributes", registry=AkaAttributeType)


_esp()
_eap()
