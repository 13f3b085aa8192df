"""RFC 7296 sections 1.4.1 and 2.21.2: a deleted SA is over, and so is one whose authentication failed."""

from __future__ import annotations

from dissectors.eap import EapCode
from dissectors.ikev2.messages import Delete, Eap, IkeMessage
from dissectors.ikev2.registry import CfgType, NotifyType, PayloadType, ProtocolId
from rules.contents import deletes_ike_sa, refuses_outside_sa, types_in
from rules.exchanges import same_sa
from rules.model import PASSED, Outcome, failed
from rules.obligations import seconds
from rules.registry import AnyEvent, Kind, check, prohibition
from rules.session import ChildSa, Context, IkeEvent
from rules.ts24303.places import never

AUTH_KINDS = (Kind.IKE_AUTH_RESPONSE, Kind.CREATE_CHILD_SA_RESPONSE)
TELL_FAILURE = (NotifyType.AUTHENTICATION_FAILED, PayloadType.EAP)


# Deleted


def _request_of(event: IkeEvent, context: Context) -> IkeMessage | None:
    request = context.sa.request_of(event) if context.sa else None
    return request.message if request else None


def _ends_ike_sa(event: AnyEvent, context: Context) -> bool:
    request = _request_of(event, context)
    return request is not None and deletes_ike_sa(request) and not refuses_outside_sa(event.message)


@prohibition(
    "RFC7296-10", opens=Kind.INFORMATIONAL_RESPONSE, when=_ends_ike_sa, offence=Kind.IKE, maybe=never, sealed=True
)
def deleted_ike_sa_in_use(end: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """The other end has forgotten the keys; what is sent on a deleted IKE SA is lost, and shows a state gone wrong."""
    if not same_sa(end.message, event.message) or refuses_outside_sa(event.message):
        return PASSED
    late = event.at - end.at
    if late <= context.profile.deadline("grace"):
        return PASSED
    message = event.message
    what = f"{message.name} {'response' if message.is_response else 'request'} from the {context.role.value}"
    return failed(
        expected="nothing on the deleted IKE SA",
        observed=f"{what} {seconds(late)} after the DELETE was answered",
        related=(end.frame,),
    )


def _ends_children(event: AnyEvent, context: Context) -> bool:
    request = _request_of(event, context)
    return request is not None and any(d.protocol == ProtocolId.ESP for d in request.each(Delete))


@check("RFC7296-10", on=Kind.INFORMATIONAL_RESPONSE, when=_ends_children, maybe=never)
def child_sa_deleted(event: IkeEvent, context: Context) -> Outcome:
    """From here on no ESP packet may come on the pair of SPIs; :func:`deleted_child_sa_in_use` watches that."""
    return PASSED


@check("RFC7296-10", on=Kind.INFORMATIONAL_REQUEST, when=never)
def closed_request_that_may_delete(event: IkeEvent, context: Context) -> Outcome:
    """Only opened it would tell whether it deletes an SA."""
    return PASSED


def _deleted_at(child: ChildSa) -> int | None:
    """When the CHILD SA ended, by its own DELETE or with its IKE SA."""
    times = [at for at in (child.deleted_at, child.ike_sa.deleted_at) if at is not None]
    return min(times, default=None)


def _is_on_deleted(event: AnyEvent, context: Context) -> bool:
    return context.child is not None and _deleted_at(context.child) is not None


@check("RFC7296-10", on=Kind.ESP, when=_is_on_deleted)
def deleted_child_sa_in_use(event: AnyEvent, context: Context) -> Outcome:
    """The receiver has no key any more, so the data is lost; the sender goes on as if nothing had happened."""
    child = context.child
    at = _deleted_at(child) if child else None
    assert child is not None
    assert at is not None
    late = event.at - at
    if late <= context.profile.deadline("grace"):
        return PASSED
    ends = (child.deleted, child.ike_sa.delete)
    return failed(
        expected="no ESP packet on a deleted CHILD SA",
        observed=f"SPI 0x{event.message.spi:08x} from the {context.role.value} {seconds(late)} after its end",
        related=tuple(sorted({e.frame for e in ends if e is not None})),
    )


# Failed


def _failure(message: IkeMessage) -> str:
    """How the authentication failed, in the words of the message."""
    if message.notify(NotifyType.AUTHENTICATION_FAILED):
        return "AUTHENTICATION_FAILED"
    failed_eap = any(eap.packet.code == EapCode.FAILURE for eap in message.each(Eap))
    return "EAP-Failure" if failed_eap else ""


def _success(message: IkeMessage) -> list[str]:
    """The payloads that only a success carries."""
    types = types_in(message)
    told = [kind.name for kind in (PayloadType.AUTH, PayloadType.SA) if kind in types]
    return told + ["CFG_REPLY"] * any(getattr(p, "cfg_type", None) == CfgType.REPLY for p in message.inner)


def _beside(message: IkeMessage, asked: IkeMessage | None) -> list[str]:
    """A HA may prove who it is and refuse by EAP in its first response: then AUTH is no success."""
    told = _success(message)
    opens = asked is None or PayloadType.AUTH not in types_in(asked)
    if opens and _failure(message) == "EAP-Failure":
        told = [name for name in told if name != PayloadType.AUTH.name]
    return told


def _fails(event: AnyEvent, context: Context) -> bool:
    return bool(_failure(event.message))


@check("RFC7296-11", on=Kind.IKE_AUTH_RESPONSE, when=_fails, holding=TELL_FAILURE)
def success_beside_failure(event: IkeEvent, context: Context) -> Outcome:
    """An initiator that looks at the one part believes that it is connected, one that looks at the other does not."""
    told = _beside(event.message, _request_of(event, context))
    if not told:
        return PASSED
    return failed(expected=f"{_failure(event.message)} alone", observed=f"{', '.join(told)} beside it")


@prohibition(
    "RFC7296-11",
    opens=Kind.IKE_AUTH_RESPONSE,
    when=_fails,
    maybe=never,
    offence=AUTH_KINDS,
    holding=TELL_FAILURE,
)
def success_after_failure(failure: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """Who could not prove its identity gets the service all the same."""
    told = _success(event.message) if same_sa(failure.message, event.message) else []
    if not told or _failure(event.message):
        return PASSED
    return failed(
        expected=f"no success on an IKE SA after {_failure(failure.message)}",
        observed=f"{event.message.name} response with {', '.join(told)}",
        related=(failure.frame,),
    )
