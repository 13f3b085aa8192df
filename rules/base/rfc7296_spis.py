"""RFC 7296 sections 2.6 and 3.1: the SPIs of the IKE header; section 2.10: the size of nonces."""

from __future__ import annotations

from dissectors.ikev2.messages import IkeMessage, Nonce
from dissectors.ikev2.registry import ExchangeType, PayloadType
from rules.contents import refuses_outside_sa
from rules.learning import is_refusal
from rules.model import PASSED, Outcome, failed
from rules.registry import AnyEvent, Kind, check
from rules.session import NO_SPI, Context, IkeEvent

HEADER_SIZE = 28
LEAST_NONCE, MOST_NONCE = 16, 256
BEGINNINGS = (ExchangeType.IKE_SA_INIT, ExchangeType.IKE_SESSION_RESUME)
"""The exchanges in which the responder chooses its SPI."""


def _has_spis(event: AnyEvent, context: Context) -> bool:
    """A whole header, and no notification from outside any IKE SA, which may have any SPIs (section 1.5)."""
    return bool(event.message.size >= HEADER_SIZE) and not refuses_outside_sa(event.message)


@check("RFC7296-01", on=Kind.IKE, when=_has_spis)
def spi_that_cannot_be(event: IkeEvent, context: Context) -> Outcome:
    """The pair of SPIs names the IKE SA; with a zero where a number belongs two SAs cannot be told apart."""
    message = event.message
    if message.initiator_spi == NO_SPI:
        return failed(expected="initiator SPI not 0", observed="initiator SPI 0")
    begins = message.exchange_type in BEGINNINGS
    if begins and message.is_request:
        return _zero_responder(message)
    if begins and _makes_no_sa(message):
        return PASSED
    if message.responder_spi == NO_SPI:
        what = "an IKE_SA_INIT response that accepts" if begins else message.name
        return failed(expected=f"responder SPI not 0 in {what}", observed="responder SPI 0")
    return PASSED


def _makes_no_sa(message: IkeMessage) -> bool:
    """The responder has nothing to name yet; RFC 7296 section 2.6 lets an initiator take another SPI as well."""
    return message.malformed is not None or is_refusal(message)


def _zero_responder(message: IkeMessage) -> Outcome:
    if message.responder_spi == NO_SPI:
        return PASSED
    return failed(
        expected=f"responder SPI 0 in an {message.name} request",
        observed=f"responder SPI {message.responder_spi.hex()}",
    )


def _has_nonce(event: AnyEvent, context: Context) -> bool:
    return event.message.first(Nonce) is not None


@check("RFC7296-06", on=Kind.IKE, when=_has_nonce, holding=PayloadType.NONCE)
def nonce_of_a_size_that_is_not_allowed(event: IkeEvent, context: Context) -> Outcome:
    """Nonces make the keys fresh; a short one can come up twice, and an end may refuse a long one."""
    sizes = [len(nonce.data) for nonce in event.message.each(Nonce)]
    wrong = next((size for size in sizes if not LEAST_NONCE <= size <= MOST_NONCE), None)
    if wrong is None:
        return PASSED
    return failed(expected=f"a nonce of {LEAST_NONCE} to {MOST_NONCE} octets", observed=f"{wrong} octets")
