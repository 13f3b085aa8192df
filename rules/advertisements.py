"""Which prefixes routers advertised on the links in sight: what home link detection compares (24.303 clause 5.1.2.3).

Bounded: a hostile link may advertise a new prefix in every packet, and then the longest silent ones are forgotten.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import TypeAlias

from dissectors.events import Address, Event
from dissectors.neighbor.messages import PrefixInformation, RouterAdvertisement

AdvertisementEvent: TypeAlias = Event[RouterAdvertisement]
MOST_PREFIXES = 4096
MOST_IN_ONE = 64
"""Prefixes of one advertisement that are read."""
BITS = 128
FOR_EVER = 0xFFFFFFFF
SECOND = 1_000_000_000
Key: TypeAlias = tuple[int, int]
"""Prefix length, and so many first bits."""


@dataclass(slots=True, eq=False)
class Advertised:
    """One prefix, from the first advertisement that named it on; ``valid_until`` is in ns since 1970."""

    prefix: PrefixInformation
    first: AdvertisementEvent
    last: AdvertisementEvent
    valid_until: int

    def is_valid(self, at: int) -> bool:
        """Neither withdrawn nor expired at that time."""
        return at < self.valid_until


class Advertisements:
    """Every prefix that was advertised, by length and bits."""

    def __init__(self) -> None:
        self._of: OrderedDict[Key, Advertised] = OrderedDict()
        self._lengths: Counter[int] = Counter()
        self.without_prefix = 0
        """Frame of the first advertisement that names no prefix, else 0: it tells nothing of the link it was on."""

    def note(self, event: AdvertisementEvent) -> None:
        """Enters an advertisement, after the rules have judged it."""
        prefixes = event.message.prefixes[:MOST_IN_ONE]
        if not prefixes and not self.without_prefix:
            self.without_prefix = event.frame
        for prefix in prefixes:
            self._enter(prefix, event)

    def _enter(self, prefix: PrefixInformation, event: AdvertisementEvent) -> None:
        key = _key(prefix.prefix, prefix.prefix_length)
        lifetime = prefix.valid_lifetime
        until = 1 << 63 if lifetime == FOR_EVER else event.at + lifetime * SECOND
        known = self._of.get(key)
        if known is not None:
            known.prefix, known.last, known.valid_until = prefix, event, until
            self._of.move_to_end(key)
            return
        self._of[key] = Advertised(prefix, event, event, until)
        self._lengths[key[0]] += 1
        if len(self._of) > MOST_PREFIXES:
            (length, _), _ = self._of.popitem(last=False)
            self._lengths[length] -= 1

    def of(self, prefix: IPv6Address, length: int) -> Advertised | None:
        """What was advertised of exactly this prefix."""
        return self._of.get(_key(prefix, length))

    def covering(self, address: Address | None) -> list[Advertised]:
        """The advertised prefixes that an address lies in, the longest first."""
        if not isinstance(address, IPv6Address):
            return []
        lengths = sorted((length for length, count in self._lengths.items() if length and count), reverse=True)
        found = (self._of.get(_key(address, length)) for length in lengths)
        return [advertised for advertised in found if advertised is not None]


def _key(prefix: IPv6Address, length: int) -> Key:
    """Only the first bits count: with the R flag the field holds the router's whole address (RFC 6275 section 7.2)."""
    length = min(length, BITS)
    return length, int(prefix) >> (BITS - length)
