"""Edits of Binding Updates, Acknowledgements and user data, to plant faults with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dissectors.scapy_layers.layer import Item
from samples.generator.carriage import Parcel
from samples.generator.knobs import ParcelEdit, SignalEdit
from samples.generator.signals import Signal


def with_fields(**changes: Any) -> SignalEdit:
    """Other values of the signal's own fields: ``with_fields(lifetime=0)``."""
    return lambda signal: replace(signal, **changes)


def with_flags(flags: str) -> SignalEdit:
    """These flags and no other: ``with_flags("AHR")``."""
    return with_fields(flags=flags)


def kept_back(signal: Signal) -> Signal:
    """Not sent at all."""
    return replace(signal, sent=False)


def without_options(*kinds: type[Item]) -> SignalEdit:
    """Leaves options of some kinds out."""
    return lambda signal: replace(signal, options=tuple(o for o in signal.options if not isinstance(o, kinds)))


def with_options(*added: Item) -> SignalEdit:
    """Puts options behind the others."""
    return lambda signal: replace(signal, options=(*signal.options, *added))


def with_option_fields(kind: type[Item], **fields: Any) -> SignalEdit:
    """Rewrites fields of the options of one kind."""

    def edit(signal: Signal) -> Signal:
        return replace(signal, options=tuple(_with(o, fields) if isinstance(o, kind) else o for o in signal.options))

    return edit


def _with(item: Item, fields: dict[str, Any]) -> Item:
    changed: Item = item.copy()
    for name, value in fields.items():
        changed.setfieldval(name, value)
    return changed


def with_outer(**changes: Any) -> SignalEdit:
    """Another outer header: ``with_outer(ports=None)``."""
    return lambda signal: replace(signal, outer=replace(signal.outer, **changes))


def all_of(*edits: SignalEdit) -> SignalEdit:
    """One edit after the other."""

    def edit(signal: Signal) -> Signal:
        for each in edits:
            signal = each(signal)
        return signal

    return edit


def carried(**changes: Any) -> ParcelEdit:
    """User data in another outer header: ``carried(ports=None)``."""

    def edit(parcel: Parcel) -> Parcel:
        assert parcel.outer
        return replace(parcel, outer=replace(parcel.outer, **changes))

    return edit


def with_packet(make: Callable[[bytes], bytes]) -> ParcelEdit:
    """Another inner packet."""
    return lambda parcel: replace(parcel, packet=make(parcel.packet))


def lost(parcel: Parcel) -> Parcel:
    """User data that nobody sees."""
    return replace(parcel, sent=False)
