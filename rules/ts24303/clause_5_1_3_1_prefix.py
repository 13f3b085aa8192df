"""Clause 5.1.3.1: what the HA gives in CFG_REPLY: the home network prefix with its length, and DNS servers."""

from __future__ import annotations

from ipaddress import IPv6Address

from dissectors.ikev2.messages import IkeMessage, SecurityAssociation
from dissectors.ikev2.registry import AttributeType, CfgType, NotifyType, PayloadType
from rules.contents import configured
from rules.learning import completes_auth
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.clause_5_1_2_2_prefix import DNS, asked_before, requests_for
from rules.ts24303.places import auth_requests, from_ha, never, unreadable

HOME_PREFIX = AttributeType.MIP6_HOME_PREFIX
SUCCESS = (PayloadType.SA, PayloadType.AUTH)
"""One of them is in every response that lets the UE in."""
VALUE_SIZE = 21
"""Lifetime 4, prefix 16, prefix length 1: RFC 5026 section 8.2."""


def succeeds(event: AnyEvent, context: Context) -> bool:
    """The response that ends IKE_AUTH and lets the UE in."""
    sa, message = context.sa, event.message
    if sa is None or context.role is not Role.HA or message.error or message.notify(NotifyType.REDIRECT):
        return False
    return message.first(SecurityAssociation) is not None or completes_auth(sa.request_of(event), event)


def _asks(event: IkeEvent, context: Context, kind: AttributeType) -> bool:
    """Whether the UE asked for it, in this IKE_AUTH exchange or an earlier one."""
    request = context.sa.request_of(event) if context.sa else None
    return asked_before(context, kind) or (request is not None and requests_for(request.message, kind))


def _may_ask(event: IkeEvent, context: Context) -> str:
    """Why the UE may have asked unseen; empty if all its requests are known."""
    sa = context.sa
    return auth_requests(sa, event).doubt if sa else ""


# The prefix


def _owes_prefix(event: AnyEvent, context: Context) -> bool:
    return succeeds(event, context) and (_asks(event, context, HOME_PREFIX) or bool(_may_ask(event, context)))


@check("HA-5.1.3.1-02", on=Kind.IKE_AUTH_RESPONSE, when=_owes_prefix, maybe=from_ha, holding=SUCCESS)
def success_without_home_prefix(event: IkeEvent, context: Context) -> Outcome:
    """Without a home network prefix the UE has no Home Address, and the connection is of no use."""
    message = event.message
    if configured(message, CfgType.REPLY, HOME_PREFIX):
        return PASSED
    doubt = unreadable(message, PayloadType.CP)
    if not _asks(event, context, HOME_PREFIX):
        doubt = doubt or f"whether the UE asked for it is not known: {_may_ask(event, context)}"
    if doubt:
        return inconclusive(doubt)
    return failed(expected="CFG_REPLY with MIP6_HOME_PREFIX", observed=_reply_shown(message))


def _reply_shown(message: IkeMessage) -> str:
    names = [kind.name for kind in AttributeType if configured(message, CfgType.REPLY, kind)]
    return f"CFG_REPLY with {', '.join(names)}" if names else "no CFG_REPLY, or an empty one"


def _assigns(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA and bool(configured(event.message, CfgType.REPLY, HOME_PREFIX))


@check("HA-5.1.3.1-03", on=Kind.IKE_AUTH_RESPONSE, when=_assigns, maybe=from_ha, holding=PayloadType.CP)
def home_prefix_without_its_length(event: IkeEvent, context: Context) -> Outcome:
    """The UE makes its Home Address of the prefix and an interface identifier, and has to know where one ends."""
    for value in configured(event.message, CfgType.REPLY, HOME_PREFIX):
        fault = _prefix_fault(value)
        if fault:
            return failed(expected="lifetime, prefix and prefix length (1 to 128) in 21 octets", observed=fault)
    return PASSED


def _prefix_fault(value: bytes) -> str:
    if len(value) != VALUE_SIZE:
        return f"{len(value)} octets"
    prefix, length = value[4:20], value[20]
    if not 0 < length <= 128:
        return f"prefix length {length} of {IPv6Address(prefix)}"
    behind = int.from_bytes(prefix) & ((1 << (128 - length)) - 1)
    return f"{IPv6Address(prefix)}/{length}, with bits set behind the prefix" if behind else ""


def _may_assign(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.HA and bool(unreadable(event.message, PayloadType.CP)) and _owes_prefix(event, context)


@check("HA-5.1.3.1-03", on=Kind.IKE_AUTH_RESPONSE, when=_may_assign, maybe=never, holding=SUCCESS)
def home_prefix_that_cannot_be_read(event: IkeEvent, context: Context) -> Outcome:
    """An attribute length that leaves the payload hides prefix and prefix length alike."""
    return inconclusive(unreadable(event.message, PayloadType.CP))


# DNS


def _owes_dns(event: AnyEvent, context: Context) -> bool:
    return succeeds(event, context) and (
        any(_asks(event, context, kind) for kind in DNS) or bool(_may_ask(event, context))
    )


@check("HA-5.1.3.1-04", on=Kind.IKE_AUTH_RESPONSE, when=_owes_dns, maybe=from_ha, holding=SUCCESS)
def dns_attribute_left_out(event: IkeEvent, context: Context) -> Outcome:
    """An attribute without an address says that there is no server; a missing one leaves the UE to guess."""
    message = event.message
    asked = [kind for kind in DNS if _asks(event, context, kind)]
    missing = [kind.name for kind in asked if not configured(message, CfgType.REPLY, kind)]
    if not missing and asked:
        return PASSED
    doubt = unreadable(message, PayloadType.CP) if missing else _may_ask(event, context)
    if doubt:
        return inconclusive(doubt if missing else f"whether the UE asked for DNS servers is not known: {doubt}")
    wanted = " and ".join(kind.name for kind in asked)
    return failed(expected=f"{wanted} in CFG_REPLY, as asked for", observed=f"no {' and no '.join(missing)}")


# No prefix beside a redirect


def _redirects(event: AnyEvent, context: Context) -> bool:
    """A redirect in this response, or earlier in the same IKE_AUTH exchange."""
    return context.role is Role.HA and _redirect_of(event, context) is not None


def _redirect_of(event: IkeEvent, context: Context) -> IkeEvent | None:
    earlier = context.sa.auth_responses if context.sa else []
    return next((e for e in (event, *earlier) if e.message.notify(NotifyType.REDIRECT)), None)


@check("HA-5.1.3.1-12", on=Kind.IKE_AUTH_RESPONSE, when=_redirects, maybe=from_ha)
def home_prefix_beside_redirect(event: IkeEvent, context: Context) -> Outcome:
    """The target HA assigns the prefix; one from here would be routed to a HA that the UE has left."""
    told = _redirect_of(event, context)
    assert told is not None
    assert context.sa is not None
    for where in (event, *context.sa.auth_responses):
        value = next(filter(None, configured(where.message, CfgType.REPLY, HOME_PREFIX)), None)
        if value is not None:
            shown = f"{IPv6Address(value[4:20])}/{value[20]}" if len(value) == VALUE_SIZE else f"{len(value)} octets"
            return failed(
                expected="no MIP6_HOME_PREFIX in an IKE_AUTH exchange that redirects",
                observed=f"MIP6_HOME_PREFIX {shown}",
                related=tuple({told.frame, where.frame} - {event.frame}),
            )
    return noted("redirected, and no prefix assigned")
