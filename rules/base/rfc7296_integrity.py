"""RFC 7296 section 3.14 and RFC 7383: the integrity checksum of the protected part, where keys are at hand.

A wrong key looks like a wrong checksum. Only a message of the same SA and direction that verifies, before or after,
shows that the key is right.
"""

from __future__ import annotations

from dissectors.events import SealReason
from dissectors.ikev2.messages import IkeMessage
from rules.exchanges import same_sa
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, prohibition
from rules.session import Context, IkeEvent

EXPECTED = "an integrity checksum that verifies"


def mismatches(message: IkeMessage) -> bool:
    return message.sealed is not None and message.sealed.reason is SealReason.ICV_MISMATCH


def _is_checked(event: AnyEvent, context: Context) -> bool:
    message = event.message
    if context.sa is None or message.encrypted is None:
        return False
    return message.sealed is None or mismatches(message)


@check("RFC7296-07", on=Kind.IKE, when=_is_checked, sealed=True)
def checksum_that_does_not_verify(event: IkeEvent, context: Context) -> Outcome:
    """The receiver drops the message; either its sender's cryptography is wrong or somebody changed it on the way."""
    sa, message = context.sa, event.message
    assert sa is not None
    if message.sealed is None:
        return PASSED
    if sa.opened[message.from_initiator]:
        return _wrong(message)
    return inconclusive(f"the key may be wrong: no message of this direction has verified yet ({message.sealed})")


def _wrong(message: IkeMessage, *, frame: int = 0, at: int = 0, proof: int = 0) -> Outcome:
    related = (proof,) if proof else ()
    return failed(expected=EXPECTED, observed=str(message.sealed), related=related, frame=frame, at=at)


def _first_is_wrong(event: AnyEvent, context: Context) -> bool:
    sa, message = context.sa, event.message
    if sa is None or not mismatches(message):
        return False
    return not sa.opened[message.from_initiator] and not sa.sealed[message.from_initiator]


def _verifies(wrong: AnyEvent, event: AnyEvent, context: Context) -> bool:
    first, message = wrong.message, event.message
    same = same_sa(first, message) and first.from_initiator == message.from_initiator
    return same and message.encrypted is not None and message.sealed is None


@prohibition(
    "RFC7296-07",
    opens=Kind.IKE,
    when=_first_is_wrong,
    offence=Kind.IKE,
    closes=Kind.IKE,
    closing=_verifies,
    sealed=True,
)
def key_that_turns_out_right(wrong: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """A later message of the same direction verifies: then the key was right and the first checksum wrong."""
    if not _verifies(wrong, event, context):
        return PASSED
    return _wrong(wrong.message, frame=wrong.frame, at=wrong.at, proof=event.frame)
