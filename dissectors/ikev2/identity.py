"""The Identification payload and its forms as text: RFC 7296 section 3.5."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from dissectors.buffer import Reader, Record
from dissectors.ikev2.distinguished_name import general_name_text, name_text
from dissectors.ikev2.messages import Identification
from dissectors.ikev2.registry import IdType
from dissectors.inert import inert_text, text_or_hex

HEADER = Record(id_type=("B", IdType), reserved="3s")
SIZES: dict[int, int] = {IdType.IPV4_ADDR: 4, IdType.IPV6_ADDR: 16}


def decode_identification(r: Reader, critical: bool, *, initiator: bool) -> Identification:
    """IDi or IDr."""
    id_type, _ = r.read(HEADER)
    if r.left != SIZES.get(id_type, r.left):  # it stays an identity, only its text is hex
        r.malformed(r.error(f"address of {r.left} bytes"))
    data = r.rest("identification_data", lambda data: identity_text(id_type, data))
    return Identification(initiator, id_type, data, critical=critical)


def identity_text(id_type: int, data: bytes) -> str:
    """The identity as a person reads it, hex where it has not the form of its type; never anything that acts."""
    match id_type:
        case IdType.FQDN | IdType.RFC822_ADDR:
            return inert_text(data)
        case IdType.IPV4_ADDR if len(data) == 4:
            return str(IPv4Address(data))
        case IdType.IPV6_ADDR if len(data) == 16:
            return str(IPv6Address(data))
        case IdType.DER_ASN1_DN:
            return name_text(data) or data.hex()
        case IdType.DER_ASN1_GN:
            return general_name_text(data) or data.hex()
        case IdType.KEY_ID:
            return text_or_hex(data)
    return data.hex()
