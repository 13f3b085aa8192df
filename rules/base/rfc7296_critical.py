"""RFC 7296 sections 2.5 and 3.2: the critical bit."""

from __future__ import annotations

from dissectors.events import Malformed
from dissectors.ikev2.contents import CRITICAL
from dissectors.ikev2.messages import IkeMessage, VendorId
from dissectors.ikev2.notify import critical_type
from dissectors.ikev2.registry import NotifyType, PayloadType
from rules.contents import payloads_of, type_name, type_of
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.places import never

DEFINED = frozenset(range(PayloadType.SA, PayloadType.EAP + 1))
"""The types of RFC 7296 itself; what later documents define (49 to 53) an end may know or not."""
EXTENSIONS = range(PayloadType.GSPM, PayloadType.SKF + 1)
PRIVATE_USE = 128
NOTIFIED = "N(UNSUPPORTED_CRITICAL_PAYLOAD)"


def _critical_types(message: IkeMessage) -> list[int]:
    if not message.contents.marks & CRITICAL:
        return []
    return [type_of(p) for p in payloads_of(message) if p.critical]


def _unknown(message: IkeMessage) -> list[int]:
    return [kind for kind in _critical_types(message) if kind not in DEFINED and kind not in EXTENSIONS]


def _has_critical(event: AnyEvent, context: Context) -> bool:
    return not DEFINED.isdisjoint(_critical_types(event.message))


@check("RFC7296-08", on=Kind.IKE, when=_has_critical)
def critical_bit_on_a_known_payload(event: IkeEvent, context: Context) -> Outcome:
    """Every end knows these payloads, so the bit says nothing; it is kept at 0 for those that look at it first."""
    names = dict.fromkeys(type_name(kind) for kind in _critical_types(event.message) if kind in DEFINED)
    return failed(expected="critical bit 0 on payloads that RFC 7296 defines", observed=f"1 on {', '.join(names)}")


def _answers_critical(event: AnyEvent, context: Context) -> bool:
    request = context.sa.request_of(event) if context.sa else None
    return request is not None and bool(_unknown(request.message))


@check("RFC7296-08", on=Kind.RESPONSE, when=_answers_critical, maybe=_answers_critical)
def critical_payload_not_refused(event: IkeEvent, context: Context) -> Outcome:
    """The sender marks what must not be skipped; a receiver that skips it does half of what was asked."""
    sa = context.sa
    request = sa.request_of(event) if sa else None
    assert sa is not None
    assert request is not None
    unknown = _unknown(request.message)
    told = event.message.notify(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD)
    expected = f"{NOTIFIED} naming {' or '.join(type_name(k) for k in dict.fromkeys(unknown[:4]))}"
    if told is not None:
        kind = critical_type(told)
        return PASSED if kind in unknown else _wrongly_named(expected, kind, request)
    if any(kind >= PRIVATE_USE for kind in unknown) and _speaks_private(context, event):
        return inconclusive("the receiver sends Vendor IDs and may know the private payload")
    return failed(expected=expected, observed="no such notification", related=(request.frame,))


def _wrongly_named(expected: str, kind: int | Malformed, request: IkeEvent) -> Outcome:
    shown = f"it cannot be read: {kind}" if isinstance(kind, Malformed) else f"it names {type_name(kind)}"
    return failed(expected=expected, observed=shown, related=(request.frame,))


def _speaks_private(context: Context, event: IkeEvent) -> bool:
    """Payloads of private use are agreed on by Vendor IDs."""
    sa = context.sa
    if sa is None or sa.partial:
        return True
    own = sa.init_requests if event.message.from_initiator else [sa.init_response, event]
    return any(e is not None and e.message.first(VendorId) for e in own)


def _refuses_known(event: AnyEvent, context: Context) -> bool:
    told = event.message.notify(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD)
    kind = critical_type(told) if told else None
    return isinstance(kind, int) and kind in DEFINED


@check(
    "RFC7296-08",
    on=Kind.RESPONSE,
    when=_refuses_known,
    maybe=never,
    holding=NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD,
)
def known_payload_refused_as_critical(event: IkeEvent, context: Context) -> Outcome:
    """The bit on a known payload is a fault of its sender, and to be ignored."""
    told = event.message.notify(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD)
    kind = critical_type(told) if told else 0
    shown = type_name(kind) if isinstance(kind, int) else str(kind)
    return failed(expected=f"{shown} is understood, as RFC 7296 defines it", observed=f"{NOTIFIED} naming {shown}")
