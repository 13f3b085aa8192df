"""Link layers down to an ethertype: Ethernet with VLAN tags, Linux cooked, raw IP, BSD loopback, PPP.

The link types are the LINKTYPE_ numbers of pcap-linktype(7). PPP and loopback name IP in numbers of their own; they are
given as ethertypes, so that what follows has one table.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from dissectors.buffer import Reader, Record
from dissectors.record import record


class LinkType(IntEnum):
    """Link types that can be read."""

    NULL = 0
    ETHERNET = 1
    PPP = 9
    RAW_BSD = 12
    RAW_OPENBSD = 14
    PPP_HDLC = 50
    RAW = 101
    LOOP = 108
    LINUX_SLL = 113
    IPV4 = 228
    IPV6 = 229
    LINUX_SLL2 = 276


class EtherType(IntEnum):
    """What an Ethernet frame holds (IEEE 802 numbers), as far as anyone here asks."""

    IPV4 = 0x0800
    ARP = 0x0806
    VLAN = 0x8100
    IPV6 = 0x86DD
    MPLS = 0x8847
    PPPOE_SESSION = 0x8864
    EAPOL = 0x888E
    QINQ = 0x88A8
    LLDP = 0x88CC
    QINQ_OLD = 0x9100


@record
class LinkHeader:
    """What stands before the network layer. ``protocol`` is an ethertype, None where the frame names none.

    Addresses are empty where the link type has none; ``vlans`` are VLAN identifiers, outer to inner.
    """

    link_type: int
    protocol: int | None
    source: bytes = b""
    destination: bytes = b""
    vlans: tuple[int, ...] = ()


def mac_text(data: bytes) -> str:
    """A link-layer address as tcpdump writes it."""
    return data.hex(":")


def _type_text(value: int) -> str:
    if value < SMALLEST_TYPE:
        return f"802.3 length {value}"
    return f"{EtherType(value).name if value in KNOWN_TYPES else 'unknown'} (0x{value:04x})"


def _tag_text(value: int) -> str:
    return f"VLAN {value & VLAN_ID}, priority {value >> 13}" + (", drop eligible" if value & 0x1000 else "")


SMALLEST_TYPE = 0x0600
"""A smaller number in an ethertype's place is a length (IEEE 802.3 clause 3.2.6)."""
KNOWN_TYPES = frozenset(EtherType)
VLAN_TYPES = frozenset({EtherType.VLAN, EtherType.QINQ, EtherType.QINQ_OLD})
VLAN_ID = 0x0FFF
MOST_TAGS = 8
"""VLAN tags that are followed; a frame with more is no one's network."""
PPP_ADDRESS = 0xFF03
CISCO_ADDRESSES = (0x0F00, 0x8F00)
PPP_TYPES = {0x21: EtherType.IPV4, 0x57: EtherType.IPV6}
FAMILIES = {2: EtherType.IPV4, 10: EtherType.IPV6, 24: EtherType.IPV6, 28: EtherType.IPV6, 30: EtherType.IPV6}
"""Values of AF_INET and AF_INET6: the latter differs from system to system."""

ETHERNET = Record(destination=("6s", mac_text), source=("6s", mac_text), type=("H", _type_text))
TAG = Record(tag=("H", _tag_text), type=("H", _type_text))
COOKED = Record(
    packet_type="H", arphrd_type="H", address_length="H", address=("8s", mac_text), protocol=("H", _type_text)
)  # fmt: skip
COOKED_2 = Record(
    protocol=("H", _type_text), reserved="H", interface="I", arphrd_type="H", packet_type="B", address_length="B",
    address=("8s", mac_text),
)  # fmt: skip
CISCO_HDLC = Record(address="H", protocol=("H", _type_text))


def read_link(r: Reader, link_type: int) -> LinkHeader | None:
    """The link header at ``r``, which then stands behind it; None for a link type that is not known.

    Raises ``DissectError`` when the header is cut.
    """
    read = READERS.get(link_type)
    return read(r, link_type) if read is not None else None


def is_raw(link_type: int) -> bool:
    """Whether frames of this type start with the IP header at once."""
    return link_type in RAW_TYPES


def _ethernet(r: Reader, link_type: int) -> LinkHeader:
    destination, source, protocol = r.part("ethernet", ETHERNET.size).read(ETHERNET)
    if protocol not in VLAN_TYPES:
        return LinkHeader(link_type, protocol if protocol >= SMALLEST_TYPE else None, source, destination)
    protocol, vlans = _tags(r, protocol)
    return LinkHeader(link_type, protocol, source, destination, vlans)


def _tags(r: Reader, protocol: int) -> tuple[int | None, tuple[int, ...]]:
    """The ethertype behind a stack of VLAN tags (IEEE 802.1Q clause 9), and the VLANs."""
    vlans: list[int] = []
    while protocol in VLAN_TYPES:
        if len(vlans) == MOST_TAGS:
            raise r.error(f"more than {MOST_TAGS} VLAN tags")
        tag, protocol = r.part("vlan", TAG.size).read(TAG)
        vlans.append(tag & VLAN_ID)
    return protocol if protocol >= SMALLEST_TYPE else None, tuple(vlans)


def _cooked(r: Reader, link_type: int) -> LinkHeader:
    _, _, size, address, protocol = r.part("linux_cooked", COOKED.size).read(COOKED)
    return _from_cooked(r, link_type, protocol, address[:size])


def _cooked_2(r: Reader, link_type: int) -> LinkHeader:
    protocol, _, _, _, _, size, address = r.part("linux_cooked", COOKED_2.size).read(COOKED_2)
    return _from_cooked(r, link_type, protocol, address[:size])


def _from_cooked(r: Reader, link_type: int, protocol: int, address: bytes) -> LinkHeader:
    vlans: tuple[int, ...] = ()
    kind: int | None = protocol
    if protocol in VLAN_TYPES:
        kind, vlans = _tags(r, protocol)
    return LinkHeader(link_type, kind if kind and kind >= SMALLEST_TYPE else None, address, vlans=vlans)


def _loopback(r: Reader, link_type: int) -> LinkHeader:
    """The address family, in the capturing host's byte order; only LOOP says which that is."""
    part = r.part("loopback", 4)
    raw = part.take("family", 4, _family_text)
    return LinkHeader(link_type, FAMILIES.get(_family(raw)))


def _family(raw: bytes) -> int:
    """A family is a small number: in the wrong byte order it would be above 65535."""
    big = int.from_bytes(raw)
    return big if big <= 0xFFFF else int.from_bytes(raw, "little")


def _family_text(raw: bytes) -> str:
    family = _family(raw)
    known = FAMILIES.get(family)
    return f"{known.name if known else 'unknown'} ({family})"


def _ppp(r: Reader, link_type: int) -> LinkHeader:
    """RFC 1661 section 2 and RFC 1662 section 3.1; address and control may be left out, the protocol compressed."""
    if link_type == LinkType.PPP_HDLC and int.from_bytes(r.peek(2)) in CISCO_ADDRESSES:
        _, protocol = r.part("cisco_hdlc", CISCO_HDLC.size).read(CISCO_HDLC)
        return LinkHeader(link_type, protocol)
    ahead = r.peek(3)
    start = 2 if int.from_bytes(ahead[:2]) == PPP_ADDRESS else 0
    compressed = len(ahead) > start and ahead[start] & 1
    part = r.part("ppp", start + (1 if compressed else 2))
    if start:
        part.number("address_and_control", 2)
    return LinkHeader(link_type, PPP_TYPES.get(part.number("protocol", part.left, _ppp_text)))


def _ppp_text(value: int) -> str:
    known = PPP_TYPES.get(value)
    return f"{known.name if known else 'unknown'} (0x{value:04x})"


RAW_TYPES = frozenset({LinkType.RAW, LinkType.RAW_BSD, LinkType.RAW_OPENBSD, LinkType.IPV4, LinkType.IPV6})
READERS: dict[int, Callable[[Reader, int], LinkHeader]] = {
    LinkType.ETHERNET: _ethernet,
    LinkType.LINUX_SLL: _cooked,
    LinkType.LINUX_SLL2: _cooked_2,
    LinkType.NULL: _loopback,
    LinkType.LOOP: _loopback,
    LinkType.PPP: _ppp,
    LinkType.PPP_HDLC: _ppp,
}
