"""Mobility Header messages as values: RFC 6275 section 6.1; the extensions' are in ``further_messages``.

Numbers and flags stay ``int``; the enums of :mod:`dissectors.mobility.registry` name them. Lifetimes are in units of
4 s as on the wire, ``lifetime_seconds`` has them in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from ipaddress import IPv6Address
from typing import NamedTuple, TypeVar

from dissectors.events import Malformed
from dissectors.mobility.flows import FlowIdentification
from dissectors.mobility.options import LIFETIME_UNIT, REFUSED, MobilityOption, PadN
from dissectors.mobility.registry import AckFlag, MhType, UpdateFlag
from dissectors.record import record

OptionT = TypeVar("OptionT", bound=MobilityOption)
HEADER_UNIT = 8
NO_NEXT_HEADER = 59
Options = tuple[MobilityOption, ...]


class Misplaced(NamedTuple):
    """An option or sub-option that stands where its RFC does not want it; ``needed`` is ``"8n+2"`` or the like."""

    type: int
    offset: int
    needed: str
    sub_option: bool = False

    def __str__(self) -> str:
        return f"{'sub-option' if self.sub_option else 'option'} {self.type} at {self.offset}, wanted {self.needed}"


class _Carrier:
    """What a message offers by its options."""

    __slots__ = ()
    options: Options

    def option(self, kind: type[OptionT]) -> OptionT | None:
        """The first well-formed option of that class."""
        return next((option for option in self.options if isinstance(option, kind)), None)

    def options_of(self, kind: type[OptionT]) -> tuple[OptionT, ...]:
        """All well-formed options of that class, in order."""
        return tuple(option for option in self.options if isinstance(option, kind))

    @property
    def misaligned(self) -> tuple[Misplaced, ...]:
        """The options and sub-options that do not stand where their alignment wants them."""
        return tuple(_misplaced(self.options))

    @property
    def dirty_padding(self) -> tuple[PadN, ...]:
        """PadN options that hold other bytes than zeros (RFC 6275 section 6.2.3)."""
        return tuple(pad for pad in self.options_of(PadN) if any(pad.data))


def _misplaced(options: Options) -> Iterator[Misplaced]:
    for option in options:
        x, y = option.alignment
        if option.offset % x != y:
            yield Misplaced(option.type, option.offset, _alignment_text(x, y))
        if isinstance(option, FlowIdentification):
            for sub in option.sub_options:
                x, y = sub.alignment
                if sub.offset % x != y:
                    yield Misplaced(sub.type, sub.offset, _alignment_text(x, y), sub_option=True)


def _alignment_text(x: int, y: int) -> str:
    return f"{x}n+{y}" if y else f"{x}n"


@record(kw_only=True)
class MobilityMessage(_Carrier):
    """Any message, with its header. ``size`` is what is there of it, in bytes; ``header_len`` what it says itself.

    ``checksum_ok`` is ``None`` where it cannot be told: addresses unknown, or the message not whole.
    """

    type: int
    payload_proto: int = NO_NEXT_HEADER
    header_len: int = 0  # units of 8 bytes, the first 8 not counted
    checksum: int = 0
    checksum_ok: bool | None = None
    size: int = 0
    malformed: Malformed | None = None

    @property
    def declared_size(self) -> int:
        """The size in bytes that the header says."""
        return HEADER_UNIT * (self.header_len + 1)


@record
class BindingRefreshRequest(MobilityMessage):
    """Section 6.1.2."""

    options: Options = ()
    type: int = field(default=MhType.BINDING_REFRESH_REQUEST.value, kw_only=True)


@record
class HomeTestInit(MobilityMessage):
    """Section 6.1.3."""

    cookie: bytes
    options: Options = ()
    type: int = field(default=MhType.HOME_TEST_INIT.value, kw_only=True)


@record
class CareOfTestInit(MobilityMessage):
    """Section 6.1.4."""

    cookie: bytes
    options: Options = ()
    type: int = field(default=MhType.CARE_OF_TEST_INIT.value, kw_only=True)


@record
class HomeTest(MobilityMessage):
    """Section 6.1.5. The token is a secret that travels in clear, and stays out of the ``repr``."""

    nonce_index: int
    cookie: bytes
    token: bytes = field(repr=False)
    options: Options = ()
    type: int = field(default=MhType.HOME_TEST.value, kw_only=True)


@record
class CareOfTest(MobilityMessage):
    """Section 6.1.6. The token is a secret that travels in clear, and stays out of the ``repr``."""

    nonce_index: int
    cookie: bytes
    token: bytes = field(repr=False)
    options: Options = ()
    type: int = field(default=MhType.CARE_OF_TEST.value, kw_only=True)


@record
class BindingUpdate(MobilityMessage):
    """Section 6.1.7; ``flags`` are :class:`~dissectors.mobility.registry.UpdateFlag`."""

    sequence: int
    flags: int
    lifetime: int
    options: Options = ()
    type: int = field(default=MhType.BINDING_UPDATE.value, kw_only=True)

    @property
    def lifetime_seconds(self) -> int:
        """The lifetime that is asked for, in seconds."""
        return LIFETIME_UNIT * self.lifetime

    @property
    def is_deregistration(self) -> bool:
        """Lifetime 0: bindings are to be removed."""
        return not self.lifetime

    def has(self, flag: UpdateFlag) -> bool:
        """Whether all bits of ``flag`` are set."""
        return int.__and__(self.flags, flag) == flag  # plain: the enum's own arithmetic takes ten times as long


@record
class BindingAck(MobilityMessage):
    """Section 6.1.8; ``flags`` are :class:`~dissectors.mobility.registry.AckFlag`."""

    status: int
    flags: int
    sequence: int
    lifetime: int
    options: Options = ()
    type: int = field(default=MhType.BINDING_ACKNOWLEDGEMENT.value, kw_only=True)

    @property
    def lifetime_seconds(self) -> int:
        """The lifetime that is granted, in seconds; it means something only when the update is accepted."""
        return LIFETIME_UNIT * self.lifetime

    @property
    def is_refusal(self) -> bool:
        """128 and up: nothing is bound."""
        return self.status >= REFUSED

    @property
    def is_deregistration(self) -> bool:
        """Accepted with lifetime 0: the bindings are removed."""
        return not self.is_refusal and not self.lifetime

    def has(self, flag: AckFlag) -> bool:
        """Whether all bits of ``flag`` are set."""
        return int.__and__(self.flags, flag) == flag  # plain: the enum's own arithmetic takes ten times as long


@record
class BindingError(MobilityMessage):
    """Section 6.1.9."""

    status: int
    home_address: IPv6Address
    options: Options = ()
    type: int = field(default=MhType.BINDING_ERROR.value, kw_only=True)


@record
class OtherMobility(MobilityMessage):
    """A message that is not known, or whose fixed fields are cut; ``data`` is what follows the checksum."""

    type: int
    data: bytes
    options: Options = ()
