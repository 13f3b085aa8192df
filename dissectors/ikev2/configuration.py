"""The Configuration payload (RFC 7296 section 3.15) and the home prefix in it (RFC 5026 section 8.2)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from dissectors.buffer import Reader, Record
from dissectors.detail import detailed, ipv4_text, ipv6_text, peek_length, seconds, view, word
from dissectors.events import Malformed
from dissectors.ikev2.messages import Configuration, ConfigurationAttribute
from dissectors.ikev2.registry import AttributeType, CfgType
from dissectors.inert import inert_text
from dissectors.record import record
from dissectors.tree import render

Wording: TypeAlias = Callable[[Reader], str]
"""Reads an attribute's value and says it in words."""

TYPE_MASK = 0x7FFF
TYPES = {kind.value: kind for kind in AttributeType}
INFINITE = 0xFFFFFFFF


def _type_text(kind: int) -> str:
    return render(kind & TYPE_MASK, AttributeType)


def lifetime_text(lifetime: int) -> str:
    """A prefix lifetime; RFC 5026 gives no unit, seconds and all ones for ever are how its kin count."""
    return "infinite" if lifetime == INFINITE else f"{lifetime} s"


CONFIGURATION = Record(cfg_type=("B", CfgType), reserved="3s")
ATTRIBUTE = Record(attribute_type=("H", _type_text), length="H")
HOME_PREFIX = Record(prefix_lifetime=("I", lifetime_text), home_prefix=("16s", ipv6_text), prefix_length="B")


@record
class HomePrefix:
    """MIP6_HOME_PREFIX of a reply; see :func:`lifetime_text` for the lifetime's unit."""

    lifetime: int
    prefix: IPv6Address
    prefix_length: int

    def __str__(self) -> str:
        return f"{self.prefix}/{self.prefix_length}, lifetime {lifetime_text(self.lifetime)}"


def decode_configuration(r: Reader, critical: bool) -> Configuration:
    cfg_type, _ = r.read(CONFIGURATION)
    attributes: list[ConfigurationAttribute] = []
    while r.left:
        attributes.append(_attribute(r))
    return Configuration(cfg_type, tuple(attributes), critical=critical)


def _attribute(r: Reader) -> ConfigurationAttribute:
    size = ATTRIBUTE.size + peek_length(r)
    if size > r.left:
        raise r.error(f"attribute is {size} bytes, {r.left} are left")
    part = r.part("attribute", size)
    kind, length = part.read(ATTRIBUTE)
    kind &= TYPE_MASK
    return word(part, ConfigurationAttribute(kind, detailed(part, "value", length, WORDINGS.get(kind))), attribute_text)


def home_prefix(value: bytes) -> HomePrefix | Malformed | None:
    """The value of a MIP6_HOME_PREFIX: ``None`` when it is empty, as in a request."""
    return view(value, decode_home_prefix) if value else None


def decode_home_prefix(r: Reader) -> HomePrefix:
    at = r.pos
    lifetime, prefix, length = r.read(HOME_PREFIX)
    if length > 128:
        raise r.error(f"prefix length {length}", at + 20)
    return HomePrefix(lifetime, IPv6Address(prefix), length)


def value_text(attribute: ConfigurationAttribute) -> str:
    """The value in words: an address, a prefix, a name; hex where it has not the form of its type."""
    wording = WORDINGS.get(attribute.type)
    if not attribute.value or wording is None:
        return attribute.value.hex()
    text = view(attribute.value, wording)
    return attribute.value.hex() if isinstance(text, Malformed) else text


def attribute_text(attribute: ConfigurationAttribute) -> str:
    """Type and value in words: ``INTERNAL_IP4_DNS (3) 192.0.2.53``."""
    return f"{render(attribute.type, AttributeType)} {value_text(attribute)}".rstrip()


def _ipv4(r: Reader) -> str:
    return ipv4_text(r.take("address", 4, ipv4_text))


def _ipv6(r: Reader) -> str:
    return ipv6_text(r.take("address", 16, ipv6_text))


def _ipv6_maybe_prefix(r: Reader) -> str:
    """Address and prefix length; some old peers leave the length out."""
    address = _ipv6(r)
    return f"{address}/{r.number('prefix_length', 1)}" if r.left else address


def _ipv4_subnet(r: Reader) -> str:
    address = IPv4Address(r.take("address", 4, ipv4_text))
    return f"{address} mask {ipv4_text(r.take('netmask', 4, ipv4_text))}"


def _ipv6_prefix(r: Reader) -> str:
    return f"{_ipv6(r)}/{r.number('prefix_length', 1)}"


def _link(r: Reader) -> str:
    """RFC 5739 section 5.3."""
    return f"interface {r.take('interface_id', 8).hex()}, link {r.rest('link_id').hex()}"


def _home_agent(r: Reader) -> str:
    """TS 24.302: the IPv6 address, then the IPv4 address if there is one."""
    address = _ipv6(r)
    return f"{address} and {ipv4_text(r.take('ipv4_address', 4, ipv4_text))}" if r.left else address


def _seconds(r: Reader) -> str:
    return seconds(r.number("seconds", 4, seconds))


def _text(r: Reader) -> str:
    return inert_text(r.rest("text", inert_text))


def _supported(r: Reader) -> str:
    names: list[str] = []
    while r.left:
        names.append(_type_text(r.number("attribute_type", 2, _type_text)))
    return ", ".join(names)


def _trust_anchor(r: Reader) -> str:
    """RFC 8598 section 3.2: a DS record's fields."""
    key_tag, algorithm, digest = r.number("key_tag", 2), r.number("algorithm", 1), r.number("digest_type", 1)
    return f"{key_tag} {algorithm} {digest} {r.rest('digest').hex()}"


def _home_prefix(r: Reader) -> str:
    return str(decode_home_prefix(r))


_A = AttributeType
WORDINGS: dict[int, Wording] = {
    _A.INTERNAL_IP4_ADDRESS: _ipv4,
    _A.INTERNAL_IP4_NETMASK: _ipv4,
    _A.INTERNAL_IP4_DNS: _ipv4,
    _A.INTERNAL_IP4_NBNS: _ipv4,
    _A.INTERNAL_ADDRESS_EXPIRY: _seconds,
    _A.INTERNAL_IP4_DHCP: _ipv4,
    _A.APPLICATION_VERSION: _text,
    _A.INTERNAL_IP6_ADDRESS: _ipv6_maybe_prefix,
    _A.INTERNAL_IP6_DNS: _ipv6,
    _A.INTERNAL_IP6_NBNS: _ipv6,
    _A.INTERNAL_IP6_DHCP: _ipv6,
    _A.INTERNAL_IP4_SUBNET: _ipv4_subnet,
    _A.SUPPORTED_ATTRIBUTES: _supported,
    _A.INTERNAL_IP6_SUBNET: _ipv6_prefix,
    _A.MIP6_HOME_PREFIX: _home_prefix,
    _A.INTERNAL_IP6_LINK: _link,
    _A.INTERNAL_IP6_PREFIX: _ipv6_prefix,
    _A.HOME_AGENT_ADDRESS: _home_agent,
    _A.P_CSCF_IP4_ADDRESS: _ipv4,
    _A.P_CSCF_IP6_ADDRESS: _ipv6,
    _A.TIMEOUT_PERIOD_FOR_LIVENESS_CHECK: _seconds,
    _A.INTERNAL_DNS_DOMAIN: _text,
    _A.INTERNAL_DNSSEC_TA: _trust_anchor,
}
