"""The payloads of a ladder: one function for each name that may stand in brackets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum
from ipaddress import ip_address, ip_network

from dissectors.events import Malformed
from dissectors.ikev2.messages import (
    Authentication,
    Certificate,
    CertificateRequest,
    Configuration,
    ConfigurationAttribute,
    Delete,
    Eap,
    Identification,
    KeyExchange,
    MalformedPayload,
    Nonce,
    Notify,
    Payload,
    TrafficSelector,
    TrafficSelectors,
    UnknownPayload,
    VendorId,
)
from dissectors.ikev2.registry import (
    AttributeType,
    AuthMethod,
    CertificateEncoding,
    CfgType,
    IdType,
    KeyExchangeId,
    NotifyType,
    PayloadType,
    ProtocolId,
    TsType,
)
from rules.ladder.eap import eap_packet
from rules.ladder.proposals import security_association
from rules.ladder.scene import Place, filler
from rules.ladder.script import LadderError
from rules.ladder.values import attribute_value, nonce_of, notify_data, plain_bytes
from rules.model import Role

TOKEN = re.compile(r"^(?P<critical>!?)(?P<name>[A-Za-z]+)(?P<digits>\d*)(?:\((?P<args>.*)\))?(?:=(?P<value>.*))?$")
DEFAULT_LIFETIME = 86400
KE_SIZES = {14: 256, 19: 64, 20: 96, 21: 132, 31: 32, 32: 56, 2: 128, 5: 192, 15: 384, 16: 512}
MH_PORTS = {"BU": (0x0500, 0x0500), "BA": (0x0600, 0x0600), "MH": (0x0500, 0x06FF), "OPAQUE": (0xFFFF, 0)}
ANY_PORT = (0, 0xFFFF)


def payload(token: str, place: Place) -> Payload:
    """One payload, as written."""
    found = TOKEN.match(token)
    make = MAKERS.get(found["name"]) if found else None
    if found is None or make is None:
        raise LadderError(f"not a payload: {token}")
    made = make(found["args"] or found["digits"] or "", found["value"] or "", place)
    return replace(made, critical=True) if found["critical"] else made


def name_of(token: str) -> str:
    """What ``with`` replaces and ``without`` removes: the payload's name, of a notification its type as well."""
    bare = token.removeprefix("!")
    head = re.split(r"[(=]", bare, maxsplit=1)[0]
    if head == "N" and "(" in bare:
        return "N " + re.split(r"[\s=)]", bare[2:], maxsplit=1)[0]
    return head


def number_of(word: str, names: type[IntEnum]) -> int:
    """A name of a registry, or its number."""
    return int(word, 0) if word[:1].isdigit() else names[word]


def _key_exchange(args: str, value: str, place: Place) -> Payload:
    group = number_of(args or "MODP2048", KeyExchangeId)
    label = place.sa.label("ke", place.sender.name, place.exchange, place.message_id)
    return KeyExchange(group, filler(label, KE_SIZES.get(group, 64)))


def _nonce(*, initiator: bool) -> Callable[[str, str, Place], Payload]:
    def make(args: str, value: str, place: Place) -> Payload:
        return Nonce(plain_bytes(value, place) or nonce_of(place, initiator=initiator, size=int(args or 32)))

    return make


def _identification(*, initiator: bool) -> Callable[[str, str, Place], Payload]:
    def make(args: str, value: str, place: Place) -> Payload:
        text = value or (place.ue.identity if initiator else "internet")
        kind = number_of(args, IdType) if args else _id_type(text)
        return Identification(initiator, kind, plain_bytes(text, place))

    return make


def _id_type(text: str) -> int:
    try:
        return {4: IdType.IPV4_ADDR, 6: IdType.IPV6_ADDR}[ip_address(text).version]
    except ValueError:
        return IdType.RFC822_ADDR if "@" in text else IdType.FQDN


def _certificate(args: str, value: str, place: Place) -> Payload:
    encoding = number_of(args or "X509_SIGNATURE", CertificateEncoding)
    return Certificate(encoding, plain_bytes(value, place) or filler("certificate", 600))


def _certificate_request(args: str, value: str, place: Place) -> Payload:
    encoding = number_of(args or "X509_SIGNATURE", CertificateEncoding)
    return CertificateRequest(encoding, filler("authority", 20))


def _authentication(args: str, value: str, place: Place) -> Payload:
    signs = place.role is Role.HA and place.sa.eap.get(Role.HA, "") != "EAP(Success)"
    method = number_of(args or ("RSA_SIGNATURE" if signs else "SHARED_KEY_MIC"), AuthMethod)
    size = 256 if method in (AuthMethod.RSA_SIGNATURE, AuthMethod.DIGITAL_SIGNATURE) else 32
    return Authentication(method, filler(place.sa.label("auth", place.sender.name, place.message_id), size))


def _notify(args: str, value: str, place: Place) -> Payload:
    head, *rest = args.split()
    name, _, text = head.partition("=")
    options = dict(word.split("=", 1) for word in rest)
    kind = number_of(name, NotifyType)
    spi = plain_bytes(options.get("spi", ""), place)
    protocol = int(options.get("protocol", ProtocolId.ESP if kind == NotifyType.REKEY_SA else 0))
    if kind == NotifyType.REKEY_SA and text:
        return Notify(protocol, int(text, 16).to_bytes(4), kind, b"")
    return Notify(protocol, spi, kind, notify_data(kind, text, place))


def _delete(args: str, value: str, place: Place) -> Payload:
    protocol, *spis = args.split() or ["IKE"]
    size = 0 if protocol == "IKE" else 4
    return Delete(ProtocolId[protocol], size, tuple(int(spi, 16).to_bytes(4) for spi in spis))


def _vendor(args: str, value: str, place: Place) -> Payload:
    return VendorId(plain_bytes(value, place) or filler("vendor", 16))


def _unknown(args: str, value: str, place: Place) -> Payload:
    return UnknownPayload(int(args), plain_bytes(value, place))


def _bad(args: str, value: str, place: Place) -> Payload:
    """``BAD(KE)``: a payload whose inside cannot be read."""
    kind = PayloadType[{"Ni": "NONCE", "Nr": "NONCE", "N": "NOTIFY"}.get(args, args)]
    return MalformedPayload(kind, b"", Malformed(f"the {args} payload is too short", 0))


def _selectors(*, initiator: bool) -> Callable[[str, str, Place], Payload]:
    def make(args: str, value: str, place: Place) -> Payload:
        parts = [part.split() for part in args.split("|")]
        return TrafficSelectors(initiator, tuple(_selector(words, place) for words in parts))

    return make


def _selector(words: list[str], place: Place) -> TrafficSelector:
    """``HoA 135 BU``: addresses (name, address, prefix, range or ``any``), protocol, ports."""
    where, protocol, ports = [*words, "any", "any", "any"][:3] if words else ["any"] * 3
    named = place.address(where)
    if where in ("any", "any4"):
        where = "0.0.0.0/0" if where == "any4" else "::/0"
    if "-" in where:
        start, end = (ip_address(a) for a in where.split("-"))
    else:
        network = ip_network(str(named) if named else where, strict=False)
        start, end = network[0], network[-1]
    kind = TsType.IPV4_ADDR_RANGE if start.version == 4 else TsType.IPV6_ADDR_RANGE
    low, high = _ports(ports)
    return TrafficSelector(kind, 0 if protocol == "any" else int(protocol), low, high, start, end)


def _ports(text: str) -> tuple[int, int]:
    if text == "any" or text in MH_PORTS:
        return MH_PORTS.get(text, ANY_PORT)
    low, _, high = text.partition("-")
    return int(low, 0), int(high or low, 0)


def _configuration(args: str, value: str, place: Place) -> Payload:
    kind, *words = args.split()
    attributes: list[ConfigurationAttribute] = []
    for position, word in enumerate(words):
        name, _, text = word.partition("=")
        if name == "lifetime":
            continue
        follower = words[position + 1] if position + 1 < len(words) else ""
        lifetime = int(follower[9:]) if follower.startswith("lifetime=") else DEFAULT_LIFETIME
        number = number_of(name, AttributeType)
        attributes.append(ConfigurationAttribute(number, attribute_value(number, text, lifetime, place)))
    return Configuration(CfgType[kind], tuple(attributes))


MAKERS: dict[str, Callable[[str, str, Place], Payload]] = {
    "SA": lambda args, value, place: security_association(args, place),
    "KE": _key_exchange,
    "Ni": _nonce(initiator=True),
    "Nr": _nonce(initiator=False),
    "IDi": _identification(initiator=True),
    "IDr": _identification(initiator=False),
    "CERT": _certificate,
    "CERTREQ": _certificate_request,
    "AUTH": _authentication,
    "N": _notify,
    "D": _delete,
    "V": _vendor,
    "TSi": _selectors(initiator=True),
    "TSr": _selectors(initiator=False),
    "CP": _configuration,
    "EAP": lambda args, value, place: Eap(eap_packet(args, place)),
    "P": _unknown,
    "BAD": _bad,
}
PAYLOAD_TYPES: dict[type[Payload], PayloadType] = {
    KeyExchange: PayloadType.KE,
    Certificate: PayloadType.CERT,
    CertificateRequest: PayloadType.CERTREQ,
    Authentication: PayloadType.AUTH,
    Nonce: PayloadType.NONCE,
    Notify: PayloadType.NOTIFY,
    Delete: PayloadType.DELETE,
    VendorId: PayloadType.VENDOR_ID,
    Configuration: PayloadType.CP,
    Eap: PayloadType.EAP,
}


def type_of(made: Payload) -> int:
    """The payload type as it would stand in the chain."""
    if isinstance(made, Identification):
        return PayloadType.IDi if made.initiator else PayloadType.IDr
    if isinstance(made, TrafficSelectors):
        return PayloadType.TSi if made.initiator else PayloadType.TSr
    if isinstance(made, UnknownPayload | MalformedPayload):
        return made.type
    return PAYLOAD_TYPES.get(type(made), PayloadType.SA)
