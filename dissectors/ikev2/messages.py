"""IKEv2 messages as values: the header of RFC 7296 section 3.1, and the payloads of :mod:`payload_values`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TypeVar

from dissectors.events import Malformed, Sealed
from dissectors.ikev2.contents import Contents
from dissectors.ikev2.payload_values import (
    Authentication,
    Certificate,
    CertificateRequest,
    Configuration,
    ConfigurationAttribute,
    Delete,
    Eap,
    Encrypted,
    Identification,
    KeyExchange,
    MalformedPayload,
    Nonce,
    Notify,
    Payload,
    Proposal,
    SecurityAssociation,
    TrafficSelector,
    TrafficSelectors,
    Transform,
    UnknownPayload,
    VendorId,
)
from dissectors.ikev2.registry import ExchangeType, IkeFlag, NotifyType
from dissectors.record import record

__all__ = [
    "INITIATOR",
    "RESPONSE",
    "Authentication",
    "Certificate",
    "CertificateRequest",
    "Configuration",
    "ConfigurationAttribute",
    "Delete",
    "Eap",
    "Encrypted",
    "Identification",
    "IkeMessage",
    "KeyExchange",
    "MalformedPayload",
    "Nonce",
    "Notify",
    "Payload",
    "Proposal",
    "SecurityAssociation",
    "TrafficSelector",
    "TrafficSelectors",
    "Transform",
    "UnknownPayload",
    "VendorId",
]

INITIATOR, RESPONSE = int(IkeFlag.INITIATOR), int(IkeFlag.RESPONSE)
FIRST_STATUS = int(NotifyType.INITIAL_CONTACT)
NAMES: dict[int, str] = {kind.value: kind.name for kind in ExchangeType}
PayloadT = TypeVar("PayloadT", bound=Payload)


@record
class IkeMessage:
    """One IKE message (SKF fragments included), header and payloads.

    ``payloads`` are the clear ones, in order; ``inner`` what SK or the joined SKFs held once opened.
    ``size`` is the header's Length. ``malformed`` is set when the chain of payloads breaks.
    """

    initiator_spi: bytes
    responder_spi: bytes
    next_payload: int
    version: int
    exchange_type: int
    flags: int  # IkeFlag bits; plain, for the enum's own arithmetic costs more than the header
    message_id: int
    size: int
    payloads: tuple[Payload, ...] = ()
    inner: tuple[Payload, ...] = ()
    malformed: Malformed | None = None
    _contents: Contents | None = field(default=None, init=False, repr=False, compare=False)

    def opened(
        self, encrypted: Encrypted, inner: tuple[Payload, ...] = (), malformed: Malformed | None = None
    ) -> IkeMessage:
        """The message with its last payload opened or sealed; without ``replace``, which is slow for every message."""
        return IkeMessage(
            self.initiator_spi, self.responder_spi, self.next_payload, self.version, self.exchange_type, self.flags,
            self.message_id, self.size, (*self.payloads[:-1], encrypted), inner or self.inner,
            self.malformed or malformed,
        )  # fmt: skip

    @property
    def contents(self) -> Contents:
        """All payloads sorted by class and type: made when first asked for, as some messages are replaced before."""
        found = self._contents
        if found is None:
            found = Contents((*self.payloads, *self.inner) if self.inner else self.payloads)
            object.__setattr__(self, "_contents", found)
        return found

    @property
    def is_sorted(self) -> bool:
        """Whether :attr:`contents` is made: it takes more room than the message, and can be made again."""
        return self._contents is not None

    @property
    def is_response(self) -> bool:
        return self.flags & RESPONSE != 0

    @property
    def is_request(self) -> bool:
        return self.flags & RESPONSE == 0

    @property
    def from_initiator(self) -> bool:
        """Sent by the original initiator of this IKE SA."""
        return self.flags & INITIATOR != 0

    @property
    def encrypted(self) -> Encrypted | None:
        """The SK or SKF payload, if there is one; it is always the last."""
        last = self.payloads[-1] if self.payloads else None
        return last if isinstance(last, Encrypted) else None

    @property
    def sealed(self) -> Sealed | None:
        """Why the protected part is closed; ``None`` when it is open or there is none."""
        last = self.payloads[-1] if self.payloads else None
        return last.sealed if isinstance(last, Encrypted) else None

    def each(self, kind: type[PayloadT]) -> Sequence[PayloadT]:
        """All payloads of one class, the clear ones first."""
        return (self._contents or self.contents).by_class.get(kind, ())

    def first(self, kind: type[PayloadT]) -> PayloadT | None:
        """The first payload of one class."""
        found = (self._contents or self.contents).by_class.get(kind)
        return found[0] if found else None

    def notify(self, kind: int) -> Notify | None:
        """The first notification of one type."""
        return (self._contents or self.contents).notifies.get(kind)

    def identification(self, *, initiator: bool) -> Identification | None:
        """IDi or IDr."""
        for found in self.each(Identification):
            if found.initiator is initiator:
                return found
        return None

    def selectors(self, *, initiator: bool) -> TrafficSelectors | None:
        """TSi or TSr."""
        for found in self.each(TrafficSelectors):
            if found.initiator is initiator:
                return found
        return None

    @property
    def error(self) -> Notify | None:
        """The first error notification (types below 16384)."""
        for notify in self.each(Notify):
            if notify.type < FIRST_STATUS:
                return notify
        return None

    @property
    def name(self) -> str:
        """The exchange's name, or its number."""
        return NAMES.get(self.exchange_type) or f"exchange type {self.exchange_type}"
