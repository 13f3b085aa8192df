"""Options that hold no other options: RFC 8415 section 21, RFC 3646 sections 3 and 4."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address

from dissectors.buffer import Reader
from dissectors.detail import ipv6_text, seconds
from dissectors.dhcpv6.messages import (
    ClientId,
    DnsServers,
    DomainList,
    ElapsedTime,
    InformationRefreshTime,
    InterfaceId,
    Option,
    OptionRequest,
    Preference,
    RapidCommit,
    ServerId,
    StatusCode,
    VendorClass,
    VendorOptions,
)
from dissectors.dhcpv6.registry import DuidType, OptionCode, StatusCodeValue
from dissectors.domain_names import take_names
from dissectors.inert import inert_text

INFINITE = 0xFFFFFFFF
LONGEST_DUID = 130
"""Two bytes of type and at most 128 more: RFC 8415 section 11.1."""


def lifetime_text(value: int) -> str:
    return "infinite" if value == INFINITE else seconds(value)


def duid_text(duid: bytes) -> str:
    """The hex that tshark shows too; the type in words where it is a known one."""
    names = {kind.value: kind.name for kind in DuidType}
    kind = names.get(int.from_bytes(duid[:2]))
    return f"{duid.hex()} (DUID-{kind})" if kind else duid.hex()


def _hundredths(value: int) -> str:
    return f"{value / 100:g} s"


def _duid(r: Reader) -> bytes:
    if not 3 <= r.left <= LONGEST_DUID:
        raise r.error(f"DUID of {r.left} bytes")
    return r.rest("duid", duid_text)


def _client_id(r: Reader) -> ClientId:
    return ClientId(_duid(r))


def _server_id(r: Reader) -> ServerId:
    return ServerId(_duid(r))


def _option_request(r: Reader) -> OptionRequest:
    codes: list[int] = []
    while r.left:
        codes.append(r.number("requested_option", 2, OptionCode))
    return OptionRequest(tuple(codes))


def _preference(r: Reader) -> Preference:
    return Preference(r.number("preference", 1))


def _elapsed_time(r: Reader) -> ElapsedTime:
    return ElapsedTime(r.number("elapsed_time", 2, _hundredths))


def _status_code(r: Reader) -> StatusCode:
    code = r.number("status_code", 2, StatusCodeValue)
    return StatusCode(code, inert_text(r.rest("message", inert_text)))


def _rapid_commit(r: Reader) -> RapidCommit:
    return RapidCommit()


def _vendor_class(r: Reader) -> VendorClass:
    enterprise = r.number("enterprise_number", 4)
    data: list[bytes] = []
    while r.left:
        data.append(r.take("vendor_class_data", r.number("length", 2), inert_text))
    return VendorClass(enterprise, tuple(data))


def _vendor_options(r: Reader) -> VendorOptions:
    enterprise = r.number("enterprise_number", 4)
    suboptions: list[tuple[int, bytes]] = []
    while r.left:
        code = r.number("suboption_code", 2)
        suboptions.append((code, r.take("suboption_data", r.number("length", 2))))
    return VendorOptions(enterprise, tuple(suboptions))


def _interface_id(r: Reader) -> InterfaceId:
    return InterfaceId(r.rest("interface_id"))


def _dns_servers(r: Reader) -> DnsServers:
    addresses: list[IPv6Address] = []
    while r.left:
        addresses.append(IPv6Address(r.take("address", 16, ipv6_text)))
    return DnsServers(tuple(addresses))


def _domain_list(r: Reader) -> DomainList:
    return DomainList(take_names(r, "name"))


def _refresh_time(r: Reader) -> InformationRefreshTime:
    return InformationRefreshTime(r.number("information_refresh_time", 4, lifetime_text))


_C = OptionCode
PLAIN: dict[int, Callable[[Reader], Option]] = {
    _C.CLIENTID: _client_id,
    _C.SERVERID: _server_id,
    _C.ORO: _option_request,
    _C.PREFERENCE: _preference,
    _C.ELAPSED_TIME: _elapsed_time,
    _C.STATUS_CODE: _status_code,
    _C.RAPID_COMMIT: _rapid_commit,
    _C.VENDOR_CLASS: _vendor_class,
    _C.VENDOR_OPTS: _vendor_options,
    _C.INTERFACE_ID: _interface_id,
    _C.DNS_SERVERS: _dns_servers,
    _C.DOMAIN_LIST: _domain_list,
    _C.INFORMATION_REFRESH_TIME: _refresh_time,
}
