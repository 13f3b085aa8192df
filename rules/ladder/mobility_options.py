"""The mobility options of a ladder: one function for each name of :data:`MAKERS`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address

from dissectors.events import Address, Malformed
from dissectors.mobility.flows import (
    BindingReference,
    FlowIdentification,
    FlowSubOption,
    FlowSummary,
    MalformedSubOption,
    TrafficSelectorOption,
)
from dissectors.mobility.options import (
    AlternateCareOfAddress,
    BindingAuthorizationData,
    BindingIdentifier,
    BindingRefreshAdvice,
    Ipv4AddressAck,
    Ipv4CareOfAddress,
    Ipv4HomeAddress,
    MalformedOption,
    MobilityOption,
    NatDetection,
    OtherOption,
)
from dissectors.mobility.selectors import Ipv4Selector, Ipv6Selector, Range, Selector, UnknownSelector
from rules.ladder.script import LadderError, words_of

TOKEN = re.compile(r"^(?P<name>[A-Z][A-Z0-9]*)(?:\((?P<args>.*)\))?(?:=(?P<value>.*))?$")
ANY = str(IPv4Address(0))
ROOM = 64
"""Bytes from one option to the next: a multiple of every alignment, so that each stands where it belongs."""


def mobility_options(tokens: tuple[str, ...], own: Address) -> tuple[MobilityOption, ...]:
    """The options in order, aligned; ``own`` is the care-of address as the UE knows it."""
    made = (mobility_option(token, own) for token in tokens)
    return tuple(replace(o, offset=ROOM * n + o.alignment[1]) for n, o in enumerate(made, 1))


def mobility_option(token: str, own: Address) -> MobilityOption:
    """One option, as written."""
    found = TOKEN.match(token)
    name, digits = _split(found["name"] if found else "")
    make = MAKERS.get(name)
    if found is None or make is None:
        raise LadderError(f"not a mobility option: {token}")
    return make(found["value"] or digits, words_of(found["args"] or ""), own)


def _split(name: str) -> tuple[str, str]:
    """``P200`` is option 200."""
    return (name[0], name[1:]) if name[:1] == "P" and name[1:].isdigit() else (name, "")


def _facts(words: list[str]) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in words)


def _address_and_length(text: str, usual: int = 32) -> tuple[str, int]:
    address, _, length = text.partition("/")
    return address, int(length) if length else usual


def _reserved(words: list[str]) -> int:
    """``reserved=1``: bits that are to be zero."""
    return int(_facts(words).get("reserved", "0"), 0)


def _alternate(value: str, words: list[str], own: Address) -> MobilityOption:
    return AlternateCareOfAddress(IPv6Address(value or str(own)))


def _ipv4_home(value: str, words: list[str], own: Address) -> MobilityOption:
    address, length = _address_and_length(value or ANY)
    return Ipv4HomeAddress(length, "p" in words, IPv4Address(address), _reserved(words))


def _ipv4_care_of(value: str, words: list[str], own: Address) -> MobilityOption:
    return Ipv4CareOfAddress(IPv4Address(value or str(own)), _reserved(words))


def _ipv4_ack(value: str, words: list[str], own: Address) -> MobilityOption:
    """``IP4ACK(0 10.64.0.9)``, ``IP4ACK(132)``."""
    status = int(words[0]) if words else 0
    address, length = _address_and_length(words[1] if len(words) > 1 else ANY, 32 if status < 128 else 0)
    return Ipv4AddressAck(status, length, IPv4Address(address), _reserved(words))


def _nat(value: str, words: list[str], own: Address) -> MobilityOption:
    """``NAT(F refresh=110)``; without F, ``NAT``."""
    refresh = int(_facts(words).get("refresh", "0xffffffff" if "F" not in words else "110"), 0)
    return NatDetection("F" in words, refresh, _reserved(words))


def _refresh_advice(value: str, words: list[str], own: Address) -> MobilityOption:
    return BindingRefreshAdvice(int(value or 1800) // 4)


def _bid(value: str, words: list[str], own: Address) -> MobilityOption:
    """``BID(1 pri=5 coa=2001:db8::1 status=0 h)``; in a BU the care-of address is the UE's own unless ``coa=none``."""
    facts = _facts(words[1:])
    answer = "status" in facts or len(words) == 1
    coa = facts.get("coa", "none" if answer else str(own))
    return BindingIdentifier(
        int(words[0]),
        int(facts.get("status", 0)),
        "h" in facts,
        int(facts.get("pri", 0 if answer else 10)),
        None if coa == "none" else ip_address(coa),
    )


def _fid(value: str, words: list[str], own: Address) -> MobilityOption:
    """``FID(1 pri=10 bids=1,2 ts=ipv4:port=443)``; ``bids=none`` and ``ts=none`` leave the sub-option out.

    In a BA ``FID(1)`` or ``FID(1 status=130)`` has neither.
    """
    facts = _facts(words[1:])
    answer = "status" in facts or len(words) == 1
    bids, selectors = (
        facts.get("bids", "none" if answer else "1"),
        facts.get("ts", "none" if answer else "ipv4:port=443"),
    )
    subs: list[FlowSubOption] = []
    if bids == "cut":
        subs.append(MalformedSubOption(2, b"", Malformed("2 bytes needed, 1 left", 20)))
    elif bids != "none":
        subs.append(BindingReference(tuple(int(b) for b in bids.split(","))))
    if selectors != "none":
        subs += [_selector(text) for text in selectors.split("+")]
    return FlowIdentification(int(words[0]), int(facts.get("pri", 10)), int(facts.get("status", 0)), tuple(subs))


def _selector(text: str) -> FlowSubOption:
    """``ipv4``, ``ipv4:port=443-450;proto=6;src=192.0.2.1``, ``unknown`` (format 9), ``cut`` (cannot be read)."""
    family, _, rest = text.partition(":")
    facts = dict(part.partition("=")[::2] for part in rest.split(";") if part)
    if family == "unknown":
        return TrafficSelectorOption(9, UnknownSelector(9, b"\0"))
    if family == "cut":
        return MalformedSubOption(3, b"", Malformed("4 bytes needed, 2 left", 20))
    kind: type[Ipv4Selector | Ipv6Selector] = Ipv4Selector if family == "ipv4" else Ipv6Selector
    selector: Selector = kind(
        source=Range(ip_address(facts["src"])) if "src" in facts else Range(),
        source_port=_range(facts.get("port")),
        destination_port=_range(facts.get("dport")),
        protocol=_range(facts.get("proto")),
        reserved=int(facts.get("reserved", 0)),
    )
    return TrafficSelectorOption(1 if family == "ipv4" else 2, selector)


def _range(text: str | None) -> Range[int]:
    if not text:
        return Range()
    start, _, end = text.partition("-")
    return Range(int(start), int(end) if end else None)


def _summary(value: str, words: list[str], own: Address) -> MobilityOption:
    return FlowSummary(tuple(int(word) for word in words))


def _bad(value: str, words: list[str], own: Address) -> MobilityOption:
    """``BAD(29 reason)``: an option of that type that cannot be read; ``BAD(29 overrun)`` leaves the message."""
    if words[1:] == ["overrun"]:
        return MalformedOption(int(words[0]), b"", Malformed("length says 40 bytes, 2 are left", 20), overruns=True)
    return MalformedOption(int(words[0]), b"", Malformed(" ".join(words[1:]) or "4 bytes needed, 2 left", 20))


def _authorization(value: str, words: list[str], own: Address) -> MobilityOption:
    """``BINDAUTH``: what an update for a correspondent ends with."""
    return BindingAuthorizationData(bytes(12))


def _other(value: str, words: list[str], own: Address) -> MobilityOption:
    return OtherOption(int(value), b"\0\0\0\0")


MAKERS: dict[str, Callable[[str, list[str], Address], MobilityOption]] = {
    "ALTCOA": _alternate,
    "IP4HOA": _ipv4_home,
    "IP4COA": _ipv4_care_of,
    "IP4ACK": _ipv4_ack,
    "NAT": _nat,
    "BRA": _refresh_advice,
    "BID": _bid,
    "FID": _fid,
    "FIDS": _summary,
    "BAD": _bad,
    "BINDAUTH": _authorization,
    "P": _other,
}
