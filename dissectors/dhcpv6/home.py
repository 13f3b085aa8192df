"""Home network options in both forms: RFC 6610 section 3, and draft-ietf-mip6-hiopt, which 24.303 Rel-10 cites.

The two gave options 49 and 50 different contents, so the bytes decide. RFC 6610's 49 is one name from first to last
byte. The draft's begins with an id-type of 0, 1 or 2; read as a name that would be a label of no, one or two letters.
Of the draft's layouts nothing but the id-type is certain, so what does not fit them is kept as bytes and is no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import expect_end, ipv4_text, ipv6_text, word
from dissectors.dhcpv6.messages import (
    DraftHomeInformation,
    HomeAgentAddress,
    HomeAgentFqdn,
    HomeNetworkIdentifier,
    HomeNetworkPrefix,
    OpaqueOption,
    Option,
)
from dissectors.dhcpv6.registry import DraftParameter, HomeForm, IdType, OptionCode
from dissectors.domain_names import is_host_name, take_name, whole_name
from dissectors.events import Address

IPV4_IN_IPV6 = IPv6Network("64:ff9b::/96")
PREFIX = Record(prefix_length="B", prefix=("16s", ipv6_text))
SUBOPTION = Record(suboption_code=("H", DraftParameter), length="H")
ID_TYPES = frozenset(kind.value for kind in IdType)
PARAMETERS = frozenset(kind.value for kind in DraftParameter)


def is_draft(code: int, data: bytes, form: HomeForm) -> bool:
    """Whether option 49 or 50 with these contents has the draft's form; ``form`` may have settled it."""
    if form is not HomeForm.BY_EVIDENCE:
        return form is HomeForm.DRAFT
    if code == OptionCode.MIP6_HNIDF:
        name = whole_name(data)
        return not (name and is_host_name(name)) and bool(data) and data[0] in ID_TYPES
    codes = suboption_codes(data)
    return bool(codes) and PARAMETERS.issuperset(codes)


def suboption_codes(data: bytes) -> list[int]:
    """The codes of sub-options that fill ``data`` exactly, or nothing."""
    codes: list[int] = []
    at = 0
    while at + 4 <= len(data):
        codes.append(int.from_bytes(data[at : at + 2]))
        at += 4 + int.from_bytes(data[at + 2 : at + 4])
    return codes if at == len(data) else []


def home_network_identifier(r: Reader) -> HomeNetworkIdentifier:
    return HomeNetworkIdentifier(take_name(r, "home_network_identifier"))


def home_agent_fqdn(r: Reader) -> HomeAgentFqdn:
    return HomeAgentFqdn(take_name(r, "home_agent_fqdn"))


def home_network_prefix(r: Reader) -> HomeNetworkPrefix:
    at = r.pos
    length, prefix = r.read(PREFIX)
    if length > 128:
        raise r.error(f"prefix length {length}", at)
    return HomeNetworkPrefix(IPv6Address(prefix), length)


def home_agent_address(r: Reader) -> HomeAgentAddress:
    return HomeAgentAddress(_address(r.take("home_agent_address", 16, lambda data: str(_address(data)))))


def _address(data: bytes) -> Address:
    """RFC 6610 section 3.2.5: the well-known prefix of RFC 6052 stands before an IPv4 address."""
    address = IPv6Address(data)
    return IPv4Address(data[12:]) if address in IPV4_IN_IPV6 else address


def draft_home_information(r: Reader, code: int) -> DraftHomeInformation:
    """The draft's option 49: id-type, then sub-options or, in older revisions, the identifier; 50: sub-options."""
    id_type = r.number("id_type", 1, IdType) if code == OptionCode.MIP6_HNIDF else None
    data = r.peek(r.left)
    if suboption_codes(data) or not data:
        return DraftHomeInformation(code, id_type, tuple(_suboptions(r)))
    return DraftHomeInformation(code, id_type, (_older_identifier(r, code, data),))


def _older_identifier(r: Reader, code: int, data: bytes) -> Option:
    """The name itself, with or without a reserved byte of zero before it."""
    if data[0] == 0 and len(data) > 1:
        r.take("reserved", 1)
    if whole_name(r.peek(r.left)) is None:
        return OpaqueOption(code, r.rest("data"))
    return home_network_identifier(r)


def _suboptions(r: Reader) -> Iterator[Option]:
    while r.left:
        size = SUBOPTION.size + int.from_bytes(r.peek(4)[2:])
        part = r.part("suboption", size)
        code, _ = part.read(SUBOPTION)
        yield word(part, _suboption(part, code), str)


def _suboption(part: Reader, code: int) -> Option:
    start = part.pos
    decode = SUBOPTIONS.get(code)
    try:
        option = decode(part) if decode else OpaqueOption(code, part.rest("data"))
        expect_end(part)
    except DissectError:
        part.pos = start
        return OpaqueOption(code, part.rest("data"))
    return option


def _draft_address(r: Reader) -> HomeAgentAddress:
    if r.left == 4:
        return HomeAgentAddress(IPv4Address(r.take("home_agent_address", 4, ipv4_text)))
    return home_agent_address(r)


SUBOPTIONS: dict[int, Callable[[Reader], Option]] = {
    DraftParameter.HOME_NETWORK_IDENTIFIER: home_network_identifier,
    DraftParameter.HOME_NETWORK_PREFIX: home_network_prefix,
    DraftParameter.HOME_AGENT_ADDRESS: _draft_address,
    DraftParameter.HOME_AGENT_FQDN: home_agent_fqdn,
}
HOME: dict[int, Callable[[Reader], Option]] = {
    OptionCode.MIP6_HNIDF: home_network_identifier,
    OptionCode.MIP6_HNP: home_network_prefix,
    OptionCode.MIP6_HAA: home_agent_address,
    OptionCode.MIP6_HAF: home_agent_fqdn,
}
"""Options of RFC 6610 that hold no other options."""
