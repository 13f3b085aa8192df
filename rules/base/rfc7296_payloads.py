"""RFC 7296 sections 1.2, 1.3, 2.16 and 3: the payloads without which an exchange cannot do its work.

RFC 5685 (redirects), RFC 5998 (EAP only), RFC 6023 (childless) and RFC 4739 (a second authentication) loosen them.
"""

from __future__ import annotations

from collections.abc import Iterable

from dissectors.eap import EapCode
from dissectors.ikev2.messages import IkeMessage, Proposal, SecurityAssociation
from dissectors.ikev2.registry import KeyExchangeId, NotifyType, PayloadType, ProtocolId, TransformType
from rules.contents import refuses_outside_sa, types_in
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.places import eap_of, is_first_auth

SA, KE, NONCE, AUTH, EAP = PayloadType.SA, PayloadType.KE, PayloadType.NONCE, PayloadType.AUTH, PayloadType.EAP
IDI, IDR, TSI, TSR = PayloadType.IDi, PayloadType.IDr, PayloadType.TSi, PayloadType.TSr
CHILD = (SA, TSI, TSR)
REFUSALS = (NotifyType.COOKIE, NotifyType.REDIRECT)
NO_PROTECTED_PART = "an SK or SKF payload: only IKE_SA_INIT goes in clear"


def _refuses(message: IkeMessage) -> bool:
    """An error, or a notification that sends the asker away or back."""
    return message.error is not None or any(message.notify(kind) for kind in REFUSALS)


def _verdict(message: IkeMessage, needed: Iterable[PayloadType], what: str) -> Outcome:
    missing = [kind.name for kind in needed if kind not in types_in(message)]
    if not missing:
        return PASSED
    if message.malformed:
        return inconclusive(f"the message cannot be read whole: {message.malformed}")
    return failed(expected=f"{', '.join(k.name for k in needed)} in {what}", observed=f"no {', no '.join(missing)}")


def _closed(message: IkeMessage) -> Outcome | None:
    """What is to say of a message of which nothing inside can be judged."""
    if message.sealed is not None:
        return inconclusive(str(message.sealed))
    if message.encrypted is not None:
        return None
    if message.malformed:
        return inconclusive(f"the message cannot be read whole: {message.malformed}")
    return failed(expected=NO_PROTECTED_PART, observed=f"{message.name} without it")


def _in_an_sa(event: AnyEvent, context: Context) -> bool:
    return context.sa is not None and not refuses_outside_sa(event.message)


# IKE_SA_INIT


@check("RFC7296-05", on=(Kind.IKE_SA_INIT_REQUEST, Kind.IKE_SA_INIT_RESPONSE), when=_in_an_sa)
def init_without_mandatory_payload(event: IkeEvent, context: Context) -> Outcome:
    """No keys can be made without algorithms, public values and nonces of both ends."""
    message = event.message
    if message.is_response and _refuses(message):
        return PASSED
    return _verdict(message, (SA, KE, NONCE), f"an IKE_SA_INIT {'response' if message.is_response else 'request'}")


# IKE_AUTH


@check("RFC7296-05", on=Kind.IKE_AUTH_REQUEST, when=_in_an_sa)
def auth_request_without_mandatory_payload(event: IkeEvent, context: Context) -> Outcome:
    """The responder cannot go on: it does not know who asks, for what, or what the EAP method answers."""
    sa, message = context.sa, event.message
    assert sa is not None
    closed = _closed(message)
    if closed or message.error:
        return closed or PASSED
    if IDI in types_in(message) or (not sa.auth_requests and not sa.partial and is_first_auth(event, sa)):
        needed = (IDI,) if _needs_no_child(message, sa) else (IDI, *CHILD)
        return _verdict(message, needed, "the first IKE_AUTH request")
    return _later_auth_request(message, sa)


def _needs_no_child(message: IkeMessage, sa: IkeSa) -> bool:
    """A childless IKE SA, or a second authentication, whose CHILD SA was asked for in the first request."""
    childless = sa.init_notify(NotifyType.CHILDLESS_IKEV2_SUPPORTED, of="response")
    return childless is not None or bool(sa.auth_requests) or sa.partial


def _later_auth_request(message: IkeMessage, sa: IkeSa) -> Outcome:
    last = sa.auth_responses[-1] if sa.auth_responses else None
    asked = eap_of(last.message) if last and last.message.message_id == message.message_id - 1 else None
    if asked is None:
        types = types_in(message)
        return PASSED if types & {EAP, AUTH} else _verdict(message, (EAP,), "a later IKE_AUTH request, or AUTH")
    if asked.code == EapCode.SUCCESS:
        return _verdict(message, (AUTH,), "the IKE_AUTH request after EAP-Success")
    return (
        _verdict(message, (EAP,), "the IKE_AUTH request that answers EAP") if asked.code == EapCode.REQUEST else PASSED
    )


@check("RFC7296-05", on=Kind.IKE_AUTH_RESPONSE, when=_in_an_sa)
def auth_response_without_mandatory_payload(event: IkeEvent, context: Context) -> Outcome:
    """The initiator cannot go on: the responder proves nothing, asks nothing, or answers no CHILD SA."""
    sa, message = context.sa, event.message
    assert sa is not None
    closed, request = _closed(message), sa.request_of(event)
    if closed:
        return closed
    if message.notify(NotifyType.REDIRECT) or (message.error and AUTH not in types_in(message)):
        return PASSED
    if request is None or request.message.sealed:
        return inconclusive("the request was not captured or stays closed")
    needed, what = _auth_answer(request.message, message, sa)
    return _verdict(message, needed, what)


def _auth_answer(asked: IkeMessage, message: IkeMessage, sa: IkeSa) -> tuple[tuple[PayloadType, ...], str]:
    first = IDI in types_in(asked) and sa.auth_round == 1 and not sa.auth_responses
    if AUTH in types_in(asked) and EAP not in types_in(message):
        more = asked.notify(NotifyType.ANOTHER_AUTH_FOLLOWS) or SA not in _all_types(sa, asked)
        child = () if message.error or more else CHILD
        return ((IDR,) if first else ()) + (AUTH, *child), "the IKE_AUTH response that ends the authentication"
    if not first:
        return (EAP,), "the IKE_AUTH response to EAP"
    if message.error is not None or asked.notify(NotifyType.EAP_ONLY_AUTHENTICATION):
        return (IDR,) if message.error is not None else (IDR, EAP), "the first IKE_AUTH response"
    return (IDR, AUTH, EAP), "the first IKE_AUTH response"


def _all_types(sa: IkeSa, asked: IkeMessage) -> frozenset[int]:
    """What the IKE_AUTH requests hold together; where one is unknown, an SA payload is not taken for granted."""
    return types_in(asked).union(*(types_in(e.message) for e in sa.auth_requests))


# CREATE_CHILD_SA


@check("RFC7296-05", on=(Kind.CREATE_CHILD_SA_REQUEST, Kind.CREATE_CHILD_SA_RESPONSE), when=_in_an_sa)
def child_sa_without_mandatory_payload(event: IkeEvent, context: Context) -> Outcome:
    """A new SA needs algorithms and fresh nonces; a CHILD SA selectors too, and a new IKE SA a key exchange."""
    message = event.message
    closed = _closed(message)
    if closed or (message.is_response and _refuses(message)):
        return closed or PASSED
    offer = message.first(SecurityAssociation)
    proposals = offer.proposals if offer else ()
    role = "response" if message.is_response else "request"
    if any(p.protocol == ProtocolId.IKE for p in proposals):
        return _verdict(message, (SA, NONCE, KE), f"a CREATE_CHILD_SA {role} for an IKE SA")
    pfs = (KE,) if message.is_response and any(map(_with_key_exchange, proposals)) else ()
    return _verdict(message, (SA, NONCE, *pfs, TSI, TSR), f"a CREATE_CHILD_SA {role} for a CHILD SA")


def _with_key_exchange(proposal: Proposal) -> bool:
    return any(t.id != KeyExchangeId.NONE for t in proposal.of(TransformType.KE))
