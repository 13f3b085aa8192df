"""Single values of key files: hex keys, SPIs, addresses with wildcards.

Every refusal is an ``UnusableError`` whose text quotes nothing of the value.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from analyzer.keys.specs import UnusableError
from dissectors.events import Address

MAX_KEY_BYTES = 4096  # the largest is g^ir of MODP8192, 1024 bytes
SEPARATORS = re.compile(r"[\s:-]")
HEX = re.compile(r"[0-9a-fA-F]*")
AddressHint = tuple[Address, int] | None


def hex_bytes(text: str, what: str = "key") -> bytes:
    """Hex with or without ``0x``, colons, dashes and blanks; an odd number of digits gets a leading 0."""
    digits = _without_0x(text)
    if not HEX.fullmatch(digits):  # most are plain hex
        digits = _without_0x(SEPARATORS.sub("", text))
    if not HEX.fullmatch(digits):
        raise UnusableError(f"the {what} has a character that is not a hex digit")
    if len(digits) > 2 * MAX_KEY_BYTES:
        raise UnusableError(f"the {what} is longer than {MAX_KEY_BYTES} bytes")
    return bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}")


def _without_0x(text: str) -> str:
    return text[2:] if text[:2] in ("0x", "0X") else text


def ike_spi(text: str, whose: str) -> bytes:
    """The 8 bytes of an IKE SPI."""
    spi = hex_bytes(text, f"{whose} SPI")
    if len(spi) != 8:
        raise UnusableError(f"the {whose} SPI has {len(spi)} bytes where 8 are expected")
    return spi


def esp_spi(text: str) -> int | None:
    """An ESP SPI in hex (``0x``) or decimal; ``None`` where a star leaves it open, in whole or in part."""
    text = text.strip()
    if "*" in text or text.casefold() == "any":
        if re.fullmatch(r"(?:0[xX])?[0-9a-fA-F]*\*[0-9a-fA-F*]*|[aA][nN][yY]", text):
            return None
        raise UnusableError("the SPI is neither hex, nor decimal, nor a pattern with stars")
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}", text):
        return int(text, 16)
    if re.fullmatch(r"[0-9]{1,10}", text) and int(text) < 1 << 32:
        return int(text)
    raise UnusableError("the SPI is neither hex with 0x nor decimal, or does not fit 32 bits")


@lru_cache(maxsize=1024)  # a table names the same few Home Agents in every row
def address_hint(text: str) -> AddressHint:
    """An address, ``a.b.c.d/len``, or Wireshark's pattern with stars; ``None`` for any."""
    text = text.strip()
    if text.strip("*.:") == "" or text.casefold() == "any":
        return None
    if "*" in text:
        return _pattern_hint(text)
    plain, slash, length = text.partition("/")
    try:
        address = ip_address(plain.partition("%")[0])
    except ValueError:  # whose text quotes the value, which may be a key in the wrong column
        raise UnusableError("an address is neither IPv4 nor IPv6") from None
    bits: int = address.max_prefixlen
    if slash:
        if not re.fullmatch(r"[0-9]{1,3}", length) or int(length) > bits:
            raise UnusableError("the prefix length of an address does not fit")
        bits = int(length)
    return (address, bits) if bits else None


def _pattern_hint(text: str) -> AddressHint:
    """The prefix before the first star: a superset of what the pattern names, which is enough for a hint."""
    if ":" in text:
        return _prefix(_ipv6_nibbles(text), 4, IPv6Address)
    octets = text.split(".")
    if len(octets) != 4 or not all(re.fullmatch(r"\*|[0-9]{1,3}", octet) for octet in octets):
        raise UnusableError("an address is neither IPv4 nor IPv6")
    if any(octet != "*" and int(octet) > 255 for octet in octets):
        raise UnusableError("an address is neither IPv4 nor IPv6")
    return _prefix([octet if octet == "*" else f"{int(octet):02x}" for octet in octets], 8, IPv4Address)


def _prefix(parts: list[str], bits_each: int, kind: type[IPv4Address] | type[IPv6Address]) -> AddressHint:
    fixed = parts.index("*")
    value = int("".join(parts[:fixed]) or "0", 16) << (bits_each * (len(parts) - fixed))
    return (kind(value), bits_each * fixed) if fixed else None


def _ipv6_nibbles(text: str) -> list[str]:
    """The 32 hex digits of an IPv6 pattern; a group that is one star stands for four of them."""
    head, compressed, tail = text.partition("::")
    groups = [_group(group) for group in head.split(":") if group]
    after = [_group(group) for group in tail.split(":") if group]
    missing = 8 - len(groups) - len(after)
    if missing < 0 or "::" in tail or (missing and not compressed and groups[-1] != "****"):
        raise UnusableError("an address is neither IPv4 nor IPv6")
    filler = "0000" if compressed else "****"  # "2001:db8:*" means everything below it
    return list("".join([*groups, *([filler] * missing), *after]))


def _group(text: str) -> str:
    if text == "*":
        return "****"
    if not re.fullmatch(r"[0-9a-fA-F*]{1,4}", text):
        raise UnusableError("an address is neither IPv4 nor IPv6")
    return text.rjust(4, "0")
