"""Fields of IKEv2 (Wireshark's ``isakmp``), clear and decrypted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from analyzer.filters.fields_network import NAMED, carried
from analyzer.filters.kinds import Kind
from analyzer.filters.spec import Table, bit, each, many, messages, payloads
from analyzer.filters.view import View
from dissectors.ikev2.configuration import HomePrefix, home_prefix
from dissectors.ikev2.contents import type_of
from dissectors.ikev2.messages import (
    Authentication,
    Certificate,
    CertificateRequest,
    Configuration,
    ConfigurationAttribute,
    Delete,
    Encrypted,
    Identification,
    IkeMessage,
    KeyExchange,
    Nonce,
    Notify,
    Payload,
    Proposal,
    SecurityAssociation,
    TrafficSelector,
    TrafficSelectors,
    Transform,
    VendorId,
)
from dissectors.ikev2.notify import redirect
from dissectors.ikev2.notify_data import Redirect
from dissectors.ikev2.registry import (
    AttributeType,
    AuthMethod,
    CertificateEncoding,
    CfgType,
    EncryptionId,
    EsnId,
    ExchangeType,
    IdType,
    IntegrityId,
    KeyExchangeId,
    NotifyType,
    PayloadType,
    PrfId,
    ProtocolId,
    TransformType,
    TsType,
)
from dissectors.inert import inert_text
from dissectors.ip_numbers import IpProtocol
from dissectors.walk import Carried

TABLE = Table()
NUMBER, BYTES, BOOLEAN, STRING = Kind.NUMBER, Kind.BYTES, Kind.BOOLEAN, Kind.STRING
PAYLOAD_NAMES = {
    "NONE / No Next Payload": 0,
    "Security Association": 33,
    "Key Exchange": 34,
    "Identification - Initiator": 35,
    "Identification - Responder": 36,
    "Certificate": 37,
    "Certificate Request": 38,
    "Authentication": 39,
    "Traffic Selector - Initiator": 44,
    "Traffic Selector - Responder": 45,
    "Encrypted and Authenticated": 46,
    "Configuration": 47,
    "Extensible Authentication": 48,
    "Generic Secure Password Method": 49,
    "Group Identification": 50,
    "Group Security Association": 51,
    "Key Download": 52,
    "Encrypted and Authenticated Fragment": 53,
}
METHOD_NAMES = {
    "RSA Digital Signature": 1,
    "Shared Key Message Integrity Code": 2,
    "DSS Digital Signature": 3,
    "ECDSA with SHA-256 on the P-256 curve": 9,
    "ECDSA with SHA-384 on the P-384 curve": 10,
    "ECDSA with SHA-512 on the P-521 curve": 11,
    "Generic Secure Password Authentication Method": 12,
    "NULL Authentication": 13,
}
TRANSFORM_NAMES = {
    "Encryption Algorithm (ENCR)": 1,
    "Pseudo-random Function (PRF)": 2,
    "Integrity Algorithm (INTEG)": 3,
    "Diffie-Hellman Group (D-H)": 4,
    "Extended Sequence Numbers (ESN)": 5,
}


def proposals(view: View) -> Iterator[Proposal]:
    for payload in view.payloads:
        if isinstance(payload, SecurityAssociation):
            yield from payload.proposals


def transforms(view: View) -> Iterator[Transform]:
    for proposal in proposals(view):
        yield from proposal.transforms


def attributes(view: View) -> Iterator[ConfigurationAttribute]:
    for payload in view.payloads:
        if isinstance(payload, Configuration):
            yield from payload.attributes


def selectors(view: View) -> Iterator[TrafficSelector]:
    for payload in view.payloads:
        if isinstance(payload, TrafficSelectors):
            yield from payload.selectors


def _header() -> None:
    row = TABLE.of(messages, IkeMessage)
    TABLE.add("isakmp", Kind.PROTOCOL, carried(Carried.IKE), "An IKE message")
    row("isakmp.ispi", BYTES, lambda m: m.initiator_spi, "SPI of the initiator of the IKE SA")
    row("isakmp.rspi", BYTES, lambda m: m.responder_spi, "SPI of the responder")
    row("isakmp.version", NUMBER, lambda m: m.version, "Version: 0x20 is IKEv2")
    row("isakmp.exchangetype", NUMBER, lambda m: m.exchange_type, "Exchange type", registry=ExchangeType)
    row("isakmp.flags", NUMBER, lambda m: m.flags, "Flags")
    row("isakmp.flag_i", BOOLEAN, bit(0x08, lambda m: m.flags), "Sent by the initiator of the IKE SA")
    row("isakmp.flag_v", BOOLEAN, bit(0x10, lambda m: m.flags), "A higher version is known")
    row("isakmp.flag_r", BOOLEAN, bit(0x20, lambda m: m.flags), "A response")
    row("isakmp.messageid", NUMBER, lambda m: m.message_id, "Message ID")
    row("isakmp.length", NUMBER, lambda m: m.size, "Length in the header, in bytes")


def _payloads() -> None:
    row = TABLE.of(payloads, Payload)
    row(
        "isakmp.typepayload",
        NUMBER,
        type_of,
        "Type of each payload, clear and decrypted",
        registry=PayloadType,
        aliases=PAYLOAD_NAMES,
        differs="Wireshark counts proposals (2) and transforms (3) as well, and shows them as payloads",
    )
    row("isakmp.criticalpayload", BOOLEAN, lambda p: p.critical, "Critical bit of each payload")
    row = TABLE.of(payloads, Encrypted)
    row("isakmp.frag.number", NUMBER, lambda p: p.number if p.total else None, "Number of a fragment (RFC 7383)")
    row("isakmp.frag.total", NUMBER, lambda p: p.total or None, "Fragments of the message (RFC 7383)")
    groups: dict[str, Any] = {"registry": KeyExchangeId}
    row = TABLE.of(payloads, KeyExchange)
    row("isakmp.key_exchange.dh_group", NUMBER, lambda p: p.group, "Group of the KE payload", **groups)
    row("isakmp.key_exchange.data", BYTES, lambda p: p.data, "Public value")
    TABLE.add("isakmp.nonce", BYTES, each(payloads, Nonce, lambda p: p.data), "Nonce")
    TABLE.add("isakmp.vid_bytes", BYTES, each(payloads, VendorId, lambda p: p.data), "Vendor ID")
    row = TABLE.of(payloads, Authentication)
    row("isakmp.auth.method", NUMBER, lambda p: p.method, "AUTH method", registry=AuthMethod, aliases=METHOD_NAMES)
    row("isakmp.auth.data", BYTES, lambda p: p.data, "AUTH data")
    encodings: dict[str, Any] = {"registry": CertificateEncoding}
    certificate = each(payloads, Certificate, lambda p: p.encoding)
    TABLE.add("isakmp.cert.encoding", NUMBER, certificate, "Encoding of a certificate", **encodings)
    asked = each(payloads, CertificateRequest, lambda p: p.encoding)
    TABLE.add("isakmp.certreq.type", NUMBER, asked, "Encoding of the certificates asked for", **encodings)


def _proposals() -> None:
    row = TABLE.of(proposals, Proposal)
    row("isakmp.prop.number", NUMBER, lambda p: p.number, "Number of a proposal")
    row("isakmp.prop.protoid", NUMBER, lambda p: p.protocol, "Protocol of a proposal", registry=ProtocolId)
    row("isakmp.prop.transforms", NUMBER, lambda p: len(p.transforms), "Transforms of a proposal")
    row = TABLE.of(transforms, Transform)
    row("isakmp.tf.type", NUMBER, lambda t: t.type, "Type", registry=TransformType, aliases=TRANSFORM_NAMES)
    for name, kind, registry, about in (
        ("encr", TransformType.ENCR, EncryptionId, "Encryption algorithm"),
        ("prf", TransformType.PRF, PrfId, "Pseudorandom function"),
        ("integ", TransformType.INTEG, IntegrityId, "Integrity algorithm"),
        ("dh", TransformType.KE, KeyExchangeId, "Key exchange group"),
        ("esn", TransformType.ESN, EsnId, "Extended sequence numbers"),
    ):
        row(f"isakmp.tf.id.{name}", NUMBER, _id_of(kind), about, registry=registry)
    row("isakmp.ike2.attr.key_length", NUMBER, lambda t: t.key_length, "Key length of a transform in bits")


def _id_of(kind: TransformType) -> Callable[[Transform], int | None]:
    return lambda transform: transform.id if transform.type == kind else None


def _identities() -> None:
    row = TABLE.of(payloads, Identification)
    row(
        "isakmp.id.type",
        NUMBER,
        lambda p: p.id_type,
        "Type of an identity",
        registry=IdType,
        aliases={"ID_RFC822_ADDR": 3, "USER_FQDN": 3},
    )
    for name, kind, holds, get, about in (
        ("ipv4_addr", IdType.IPV4_ADDR, Kind.IPV4, _ipv4, "IPv4 address"),
        ("fqdn", IdType.FQDN, STRING, inert_text, "Domain name, in S2c the APN"),
        ("user_fqdn", IdType.RFC822_ADDR, STRING, inert_text, "Mail address, in S2c the NAI of the UE"),
        ("ipv6_addr", IdType.IPV6_ADDR, Kind.IPV6, _ipv6, "IPv6 address"),
        ("key_id", IdType.KEY_ID, BYTES, bytes, "Opaque key identity"),
    ):
        row(f"isakmp.id.data.{name}", holds, _identity(kind, get), f"Identity: {about}")


def _identity(kind: IdType, get: Callable[[bytes], Any]) -> Callable[[Identification], Any]:
    return lambda payload: get(payload.data) if payload.id_type == kind else None


def _ipv4(data: bytes) -> IPv4Address | None:
    return IPv4Address(data[:4]) if len(data) >= 4 else None


def _ipv6(data: bytes) -> IPv6Address | None:
    return IPv6Address(data[:16]) if len(data) >= 16 else None


def _notifications() -> None:
    row = TABLE.of(payloads, Notify)
    row("isakmp.notify", Kind.PROTOCOL, lambda p: p.data, "A notification", ours=True)
    row("isakmp.notify.protoid", NUMBER, lambda p: p.protocol, "Protocol of a notification", registry=ProtocolId)
    row("isakmp.notify.msgtype", NUMBER, lambda p: p.type, "Type of a notification", registry=NotifyType)
    row("isakmp.notify.data", BYTES, lambda p: p.data, "Data of a notification")
    base = "isakmp.notify.data.redirect.new_resp_gw_ident"
    row(f"{base}.ipv4", Kind.IPV4, _gateway(IPv4Address), "Where REDIRECT points, as an IPv4 address")
    row(f"{base}.ipv6", Kind.IPV6, _gateway(IPv6Address), "Where REDIRECT points, as an IPv6 address")
    row(f"{base}.fqdn", STRING, _gateway(str), "Where REDIRECT points, as a name")
    row = TABLE.of(payloads, Delete)
    row("isakmp.delete.protoid", NUMBER, lambda p: p.protocol, "Protocol of what is deleted", registry=ProtocolId)
    TABLE.add("isakmp.delete.spi", BYTES, many(payloads, Delete, lambda p: p.spis), "SPIs that are deleted")
    TABLE.add("isakmp.spi", BYTES, _spis, "SPIs in proposals and notifications")


def _gateway(kind: type) -> Callable[[Notify], Any]:
    def get(notify: Notify) -> Any:
        found = redirect(notify) if notify.type == NotifyType.REDIRECT else None
        return found.gateway if isinstance(found, Redirect) and isinstance(found.gateway, kind) else None

    return get


def _spis(view: View) -> list[bytes]:
    found = [proposal.spi for proposal in proposals(view)]
    found += [payload.spi for payload in view.payloads if isinstance(payload, Notify)]
    return [spi for spi in found if spi]


def _configuration() -> None:
    row = TABLE.of(payloads, Configuration)
    aliases = {f"CFG_{kind.name}": kind.value for kind in CfgType}
    row("isakmp.cfg.type", NUMBER, lambda p: p.cfg_type, "Type of a CP payload", registry=CfgType, aliases=aliases)
    row = TABLE.of(attributes, ConfigurationAttribute)
    row("isakmp.cfg.attr.type", NUMBER, lambda a: a.type, "Type of an attribute", registry=AttributeType)
    row("isakmp.cfg.attr.value", BYTES, lambda a: a.value or None, "Value of an attribute")
    for kind in (
        AttributeType.INTERNAL_IP4_ADDRESS,
        AttributeType.INTERNAL_IP4_NETMASK,
        AttributeType.INTERNAL_IP4_DNS,
        AttributeType.INTERNAL_IP6_ADDRESS,
        AttributeType.INTERNAL_IP6_DNS,
        AttributeType.P_CSCF_IP4_ADDRESS,
        AttributeType.P_CSCF_IP6_ADDRESS,
    ):
        holds, get = (Kind.IPV4, _ipv4) if "IP4" in kind.name else (Kind.IPV6, _ipv6)
        row(f"isakmp.cfg.attr.{kind.name.lower()}", holds, _attribute(kind, get), f"Attribute {kind.name}")
    prefix = _attribute(AttributeType.MIP6_HOME_PREFIX, _home_prefix)
    row("isakmp.cfg.attr.mip6_home_prefix", Kind.IPV6, prefix, "Home prefix that the Home Agent gave", ours=True)


def _home_prefix(value: bytes) -> IPv6Address | None:
    found = home_prefix(value)
    return found.prefix if isinstance(found, HomePrefix) else None


def _attribute(kind: AttributeType, get: Callable[[bytes], Any]) -> Callable[[ConfigurationAttribute], Any]:
    return lambda attribute: get(attribute.value) if attribute.type == kind else None


def _selectors() -> None:
    row = TABLE.of(selectors, TrafficSelector)
    row(
        "isakmp.ts.type",
        NUMBER,
        lambda s: s.type,
        "Type of a traffic selector",
        registry=TsType,
        aliases={f"TS_{kind.name}": kind.value for kind in TsType},
    )
    row("isakmp.ts.protoid", NUMBER, lambda s: s.protocol, "Protocol", registry=IpProtocol, aliases=NAMED)
    row("isakmp.ts.start_port", NUMBER, lambda s: s.start_port, "First port (for MH: the type in the high byte)")
    row("isakmp.ts.end_port", NUMBER, lambda s: s.end_port, "Last port")
    for version, holds in ((4, Kind.IPV4), (6, Kind.IPV6)):
        row(f"isakmp.ts.start_ipv{version}", holds, _end("start", version), "First address")
        row(f"isakmp.ts.end_ipv{version}", holds, _end("end", version), "Last address")


def _end(name: str, version: int) -> Callable[[TrafficSelector], Any]:
    def get(selector: TrafficSelector) -> Any:
        address = getattr(selector, name)
        return address if address is not None and address.version == version else None

    return get


_header()
_payloads()
_proposals()
_identities()
_notifications()
_configuration()
_selectors()
