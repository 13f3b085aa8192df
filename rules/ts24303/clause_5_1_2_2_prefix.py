"""Clause 5.1.2.2: what the UE asks for in CFG_REQUEST: its home network prefix, and DNS servers if it likes."""

from __future__ import annotations

from collections.abc import Iterable

from dissectors.eap import EapCode
from dissectors.ikev2.messages import Configuration, IkeMessage
from dissectors.ikev2.registry import AttributeType, CfgType, NotifyType, PayloadType
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.places import auth_requests, eap_of, ends_requests, named, never, opens_authentication

DNS = (AttributeType.INTERNAL_IP6_DNS, AttributeType.INTERNAL_IP4_DNS)
BREAK_OFF = (PayloadType.EAP, PayloadType.NOTIFY)
MOST_NAMES = 8
"""Attributes that an outcome names."""


def requests_for(message: IkeMessage, kind: int) -> bool:
    """Whether a CFG_REQUEST asks for an attribute."""
    return any(cfg.cfg_type == CfgType.REQUEST and cfg.values(kind) for cfg in message.each(Configuration))


def asked_before(context: Context, kind: int) -> bool:
    """Whether an IKE_AUTH request of this IKE SA has asked for an attribute."""
    return context.sa is not None and any(requests_for(e.message, kind) for e in context.sa.auth_requests)


def _asks(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.UE and requests_for(event.message, AttributeType.MIP6_HOME_PREFIX)


def _may_ask(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.UE and not asked_before(context, AttributeType.MIP6_HOME_PREFIX)


@check("UE-5.1.2.2-12", on=Kind.IKE_AUTH_REQUEST, when=_asks, maybe=_may_ask, holding=PayloadType.CP)
def home_prefix_asked_for(event: IkeEvent, context: Context) -> Outcome:
    """In EPS each PDN connection has a prefix of its own, from which the UE makes its Home Address; it must ask."""
    return PASSED


def _ends_unasked(event: AnyEvent, context: Context) -> bool:
    """The last IKE_AUTH request, and none of them has asked."""
    return ends_requests(event.message) and _may_ask(event, context) and not _asks(event, context)


def _breaks_off_unasked(event: AnyEvent, context: Context) -> bool:
    """A response after which no request comes: by then the one with the SA payload, where CP belongs, was sent."""
    sa, message, eap = context.sa, event.message, eap_of(event.message)
    if sa is None or context.role is not Role.HA or sa.failed or sa.redirect:
        return False
    failure = eap is not None and eap.code == EapCode.FAILURE
    if not failure and message.error is None and message.notify(NotifyType.REDIRECT) is None:
        return False
    done = any(ends_requests(e.message) for e in sa.auth_requests)
    return not done and not asked_before(context, AttributeType.MIP6_HOME_PREFIX)


@check("UE-5.1.2.2-12", on=Kind.IKE_AUTH_REQUEST, when=_ends_unasked, maybe=never, holding=PayloadType.AUTH)
@check("UE-5.1.2.2-12", on=Kind.IKE_AUTH_RESPONSE, when=_breaks_off_unasked, maybe=never, holding=BREAK_OFF)
def home_prefix_not_asked_for(event: IkeEvent, context: Context) -> Outcome:
    """Without a home network prefix there is no Home Address, and so nothing to register with the HA."""
    assert context.sa is not None
    requests = auth_requests(context.sa, event, PayloadType.CP)
    if requests.doubt:
        return inconclusive(f"MIP6_HOME_PREFIX may have been asked for unseen: {requests.doubt}")
    if not requests.events:
        return inconclusive("no IKE_AUTH request was captured")
    blamed = next((e for e in requests.events if _cfg_requests(e)), requests.events[0])
    return failed(
        expected="CFG_REQUEST with MIP6_HOME_PREFIX in IKE_AUTH",
        observed=_shown(_cfg_requests(blamed)),
        related=(event.frame,) if event is not blamed else (),
        frame=blamed.frame,
        at=blamed.at,
    )


def _cfg_requests(event: IkeEvent) -> list[Configuration]:
    return [cfg for cfg in event.message.each(Configuration) if cfg.cfg_type == CfgType.REQUEST]


def _shown(requests: list[Configuration]) -> str:
    if not requests:
        return "no CFG_REQUEST"
    names = list(dict.fromkeys(named(a.type, AttributeType, "attribute") for cfg in requests for a in cfg.attributes))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"CFG_REQUEST with {', '.join(names[:MOST_NAMES])}{more}" if names else "an empty CFG_REQUEST"


def _has_cfg_request(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.UE and bool(_cfg_requests(event))


@check(
    "UE-5.1.2.2-13",
    on=Kind.IKE_AUTH_REQUEST,
    when=_has_cfg_request,
    maybe=opens_authentication,
    holding=PayloadType.CP,
)
def dns_servers_asked_for(event: IkeEvent, context: Context) -> Outcome:
    """A UE may learn the DNS servers of its home network here instead of by DHCP."""
    return noted(f"asks for {_names(kind for kind in DNS if requests_for(event.message, kind))}")


def _names(kinds: Iterable[AttributeType]) -> str:
    return " and ".join(kind.name for kind in kinds) or "no DNS server"
