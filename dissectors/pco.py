"""Protocol configuration options (PCO): TS 24.008 clause 10.5.6.3, what a UE and a PDN gateway tell each other.

They travel in NAS and GTP, end to end. With them a UE asks in a 3GPP access for what it needs on S2c: the addresses of
its Home Agent, its home network prefix, and whether the Home Agent supports IFOM.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import TypeAlias

from dissectors.buffer import DissectError, Reader
from dissectors.detail import ipv4_text, ipv6_text, word
from dissectors.events import Address, Malformed
from dissectors.ip_numbers import hex16
from dissectors.record import record

PCO_ELEMENT, EXTENDED_PCO_ELEMENT = 0x27, 0x7B
"""Element identifiers: a length of one byte behind the first, of two behind the second."""


class ContainerId(IntEnum):
    """TS 24.008 clause 10.5.6.3: additional parameters, as the network answers them; and four PPP protocols."""

    P_CSCF_IPV6 = 0x0001
    IM_CN_SIGNALLING = 0x0002
    DNS_IPV6 = 0x0003
    POLICY_CONTROL_REJECTION = 0x0004
    BEARER_CONTROL_MODE = 0x0005
    HOME_AGENT_IPV6 = 0x0007
    HOME_NETWORK_PREFIX = 0x0008
    HOME_AGENT_IPV4 = 0x0009
    ADDRESS_BY_NAS = 0x000A
    IPV4_ADDRESS_BY_DHCP = 0x000B
    P_CSCF_IPV4 = 0x000C
    DNS_IPV4 = 0x000D
    MSISDN = 0x000E
    IFOM_SUPPORT = 0x000F
    IPV4_LINK_MTU = 0x0010
    LOCAL_TFT_ADDRESS = 0x0011
    P_CSCF_RESELECTION = 0x0012
    NBIFOM_REQUEST = 0x0013
    NBIFOM_MODE = 0x0014
    IPCP = 0x8021
    LCP = 0xC021
    PAP = 0xC023
    CHAP = 0xC223


LONG = (0x0023, 0x0024, 0x0030, 0x0031)
"""Containers whose length takes two bytes in what the network sends."""


@record
class HomeNetworkPrefix:
    """A home network prefix that the network assigns through PCO."""

    prefix: IPv6Address
    length: int

    @property
    def network(self) -> IPv6Network:
        """The prefix without the bits behind its length."""
        return IPv6Network((self.prefix, min(self.length, 128)), strict=False)

    def __str__(self) -> str:
        return f"{self.prefix}/{self.length}"


Value: TypeAlias = IPv4Address | IPv6Address | HomeNetworkPrefix | int | Malformed | None


@record
class Container:
    """One item. ``value`` is what an answer's contents mean, ``None`` where they have none that is read."""

    id: int
    contents: bytes = b""
    value: Value = None


@record
class ProtocolConfigurationOptions:
    """All items in order; ``is_uplink`` is the direction UE to network, which makes them requests."""

    is_uplink: bool
    containers: tuple[Container, ...] = ()
    protocol: int = 0  # 0 is PPP for IP; the field is of three bits
    malformed: Malformed | None = None

    def has(self, container: ContainerId) -> bool:
        """Asked for, or answered."""
        return any(item.id == container for item in self.containers)

    @property
    def home_agents(self) -> tuple[Address, ...]:
        """The addresses of the Home Agent that an answer gives."""
        given = (ContainerId.HOME_AGENT_IPV6, ContainerId.HOME_AGENT_IPV4)
        values = [item.value for item in self.containers if item.id in given]
        return tuple(v for v in values if isinstance(v, IPv4Address | IPv6Address))

    @property
    def home_network_prefix(self) -> HomeNetworkPrefix | None:
        """The home network prefix that an answer gives."""
        values = (item.value for item in self.containers if item.id == ContainerId.HOME_NETWORK_PREFIX)
        return next((v for v in values if isinstance(v, HomeNetworkPrefix)), None)


def decode_pco_element(r: Reader, *, is_uplink: bool) -> ProtocolConfigurationOptions:
    """The information element with identifier and length, as in NAS. Never raises."""
    try:
        element = r.number("element_id", 1, hex16)
        if element not in (PCO_ELEMENT, EXTENDED_PCO_ELEMENT):
            raise r.error(f"element 0x{element:02x} is no PCO", r.pos - 1)
        size = r.number("length", 2 if element == EXTENDED_PCO_ELEMENT else 1)
        inside = r.part("protocol_configuration_options", size)
    except DissectError as error:
        r.malformed(error)
        return ProtocolConfigurationOptions(is_uplink, malformed=Malformed(error.reason, error.offset))
    return decode_pco(inside, is_uplink=is_uplink)


def decode_pco(r: Reader, *, is_uplink: bool) -> ProtocolConfigurationOptions:
    """The contents of the element, as GTP carries them, to the end of ``r``. Never raises."""
    containers: list[Container] = []
    protocol, fault = 0, None
    try:
        protocol = r.number("configuration_protocol", 1, _protocol_text) & 7
        while r.left:
            containers.append(_container(r, is_uplink))
    except DissectError as error:
        r.malformed(error)
        r.rest("undissected")
        fault = Malformed(error.reason, error.offset)
    return ProtocolConfigurationOptions(is_uplink, tuple(containers), protocol, fault)


def _protocol_text(value: int) -> str:
    name = "PPP for IP" if value & 7 == 0 else f"protocol {value & 7}"
    return name if value & 0x80 else f"{name}, extension bit not set"


def _container(r: Reader, is_uplink: bool) -> Container:
    ahead = r.peek(2)
    code = int.from_bytes(ahead)
    width = 2 if code in LONG and not is_uplink else 1
    head = r.peek(2 + width)
    if len(head) < 2 + width:
        raise r.error(f"container header is {2 + width} bytes, {r.left} left")
    size = int.from_bytes(head[2:])
    if 2 + width + size > r.left:
        raise r.error(f"container is {2 + width + size} bytes, {r.left} are left")
    item = r.part("container", 2 + width + size)
    item.number("id", 2, _id_text)
    item.number("length", width)
    read = None if is_uplink else READERS.get(code)
    contents = item.peek(size)
    value: Value = None
    if read is None:
        item.rest("contents")
    else:
        value = _value(item, read)
    word(item, code, lambda _: _shown(code, value))
    return Container(code, contents, value)


def _value(item: Reader, read: Callable[[Reader], Value]) -> Value:
    """What the contents mean; of the wrong size they mean nothing, and the items behind them still count."""
    try:
        value = read(item)
        if item.left:
            raise item.error(f"{item.left} bytes more than expected")
    except DissectError as error:
        item.malformed(error)
        item.rest("undissected")
        return Malformed(error.reason, error.offset)
    return value


def _ipv6(r: Reader) -> Value:
    return IPv6Address(r.take("ipv6_address", 16, ipv6_text))


def _ipv4(r: Reader) -> Value:
    return IPv4Address(r.take("ipv4_address", 4, ipv4_text))


def _home_network_prefix(r: Reader) -> Value:
    prefix = IPv6Address(r.take("prefix", 16, ipv6_text))
    length = r.number("prefix_length", 1)
    if length > 128:
        raise r.error(f"prefix length is {length}", r.pos - 1)
    return HomeNetworkPrefix(prefix, length)


READERS: dict[int, Callable[[Reader], Value]] = {
    ContainerId.P_CSCF_IPV6: _ipv6,
    ContainerId.DNS_IPV6: _ipv6,
    ContainerId.HOME_AGENT_IPV6: _ipv6,
    ContainerId.HOME_NETWORK_PREFIX: _home_network_prefix,
    ContainerId.HOME_AGENT_IPV4: _ipv4,
    ContainerId.P_CSCF_IPV4: _ipv4,
    ContainerId.DNS_IPV4: _ipv4,
    ContainerId.POLICY_CONTROL_REJECTION: lambda r: r.number("rejection_code", 1),
    ContainerId.BEARER_CONTROL_MODE: lambda r: r.number("selected_mode", 1),
    ContainerId.IPV4_LINK_MTU: lambda r: r.number("mtu", 2),
}
"""How the contents of an answer are read."""

NAMES: dict[int, str] = {
    ContainerId.P_CSCF_IPV6: "P-CSCF IPv6 address",
    ContainerId.IM_CN_SIGNALLING: "IM CN signalling flag",
    ContainerId.DNS_IPV6: "DNS server IPv6 address",
    ContainerId.POLICY_CONTROL_REJECTION: "policy control rejection",
    ContainerId.BEARER_CONTROL_MODE: "bearer control mode",
    ContainerId.HOME_AGENT_IPV6: "DSMIPv6 Home Agent IPv6 address",
    ContainerId.HOME_NETWORK_PREFIX: "DSMIPv6 home network prefix",
    ContainerId.HOME_AGENT_IPV4: "DSMIPv6 Home Agent IPv4 address",
    ContainerId.ADDRESS_BY_NAS: "address by NAS",
    ContainerId.IPV4_ADDRESS_BY_DHCP: "IPv4 address by DHCPv4",
    ContainerId.P_CSCF_IPV4: "P-CSCF IPv4 address",
    ContainerId.DNS_IPV4: "DNS server IPv4 address",
    ContainerId.MSISDN: "MSISDN",
    ContainerId.IFOM_SUPPORT: "IFOM support",
    ContainerId.IPV4_LINK_MTU: "IPv4 link MTU",
    ContainerId.LOCAL_TFT_ADDRESS: "local address in TFT",
    ContainerId.P_CSCF_RESELECTION: "P-CSCF re-selection",
    ContainerId.NBIFOM_REQUEST: "network-based IFOM request",
    ContainerId.NBIFOM_MODE: "network-based IFOM mode",
    ContainerId.IPCP: "IPCP",
    ContainerId.LCP: "LCP",
    ContainerId.PAP: "PAP",
    ContainerId.CHAP: "CHAP",
}


def container_name(code: int) -> str:
    """What a container is about."""
    return NAMES.get(code, f"container 0x{code:04x}")


def _id_text(code: int) -> str:
    return f"{container_name(code)} (0x{code:04x})"


def _shown(code: int, value: Value) -> str:
    return container_name(code) if value is None else f"{container_name(code)} {value}"


def describe_pco(pco: ProtocolConfigurationOptions) -> str:
    """``PCO asks for DSMIPv6 home network prefix, IFOM support``."""
    items = ", ".join(_shown(item.id, item.value) for item in pco.containers)
    line = f"PCO {'asks for' if pco.is_uplink else 'gives'} {items or 'nothing'}"
    return f"{line} [Malformed: {pco.malformed}]" if pco.malformed else line
