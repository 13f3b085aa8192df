"""Clause 5.1.3.1: the HA names the target HA in a REDIRECT as RFC 5685 encodes it, to a UE that can follow."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from dissectors.ikev2.messages import MalformedPayload, Nonce, Notify
from dissectors.ikev2.notify import Redirect, redirect
from dissectors.ikev2.registry import ExchangeType, NotifyType
from rules.contents import cut_notify, notifies
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.places import from_ha, quoted

PLACES = (Kind.IKE_SA_INIT_RESPONSE, Kind.IKE_AUTH_RESPONSE, Kind.INFORMATIONAL_REQUEST)
SUPPORT = (NotifyType.REDIRECT_SUPPORTED, NotifyType.REDIRECTED_FROM)
ANCESTORS = 64
SHOWN = 24
"""Octets that an outcome shows."""

Fault = tuple[str, str]
"""Expected, observed."""


def _redirects(event: AnyEvent, context: Context) -> bool:
    message = event.message
    there = message.notify(NotifyType.REDIRECT) or cut_notify(message, NotifyType.REDIRECT)
    return context.role is Role.HA and there is not None


@check("HA-5.1.3.1-11", on=PLACES, when=_redirects, maybe=from_ha, holding=NotifyType.REDIRECT)
def redirect_that_the_ue_cannot_use(event: IkeEvent, context: Context) -> Outcome:
    """A UE that cannot read the target, or knows no redirects, has lost the one HA and not found the other."""
    assert context.sa is not None
    fault = _encoding_fault(event, context) or _support_fault(context.sa)
    if fault is not None:
        return failed(expected=fault[0], observed=fault[1])
    if not _first_sa(context.sa).init_requests:
        return inconclusive("the IKE_SA_INIT request was not captured: whether the UE knows redirects does not show")
    return PASSED


# Encoding


def _encoding_fault(event: IkeEvent, context: Context) -> Fault | None:
    bad: MalformedPayload | None = cut_notify(event.message, NotifyType.REDIRECT)
    if bad is not None:
        return "a REDIRECT notify with SPI Size 0", str(bad.fault)
    found = (_notify_fault(notify, event, context) for notify in notifies(event.message, NotifyType.REDIRECT))
    return next((fault for fault in found if fault is not None), None)


def _notify_fault(notify: Notify, event: IkeEvent, context: Context) -> Fault | None:
    if notify.spi:
        return "SPI Size 0", f"SPI Size {len(notify.spi)}"
    view = redirect(notify)
    if not isinstance(view, Redirect):
        shown = notify.data[:SHOWN].hex() + ("…" if len(notify.data) > SHOWN else "")
        return "gateway identity type, length and identity of RFC 5685", f"{view.reason}: {shown or 'no data'}"
    if isinstance(view.gateway, str) and context.profile.prefer != "rfc":
        return "the IP address of the target HA", f"the FQDN {quoted(view.gateway)}"
    unusable = isinstance(view.gateway, IPv4Address | IPv6Address) and view.gateway.is_unspecified
    if unusable:
        return "the IP address of the target HA", str(view.gateway)
    return _nonce_fault(view.nonce, event, context)


def _nonce_fault(nonce: bytes, event: IkeEvent, context: Context) -> Fault | None:
    """Ni shows that the answer is to this request, as nothing else in an IKE_SA_INIT response protects it."""
    if event.message.exchange_type != ExchangeType.IKE_SA_INIT:
        if not nonce:
            return None
        return f"no nonce data in {event.message.name}", f"{len(nonce)} octets behind the gateway identity"
    sent = [n.data for e in _init_requests(event, context) for n in e.message.each(Nonce)]
    if not nonce:
        return "the nonce data of Ni behind the gateway identity", "none"
    if sent and nonce not in sent:
        return f"the nonce data of Ni ({sent[-1][:SHOWN].hex()}…)", f"{nonce[:SHOWN].hex()} ({len(nonce)} octets)"
    return None


def _init_requests(event: IkeEvent, context: Context) -> list[IkeEvent]:
    return context.sa.init_requests if context.sa else []


# Support


def _first_sa(sa: IkeSa) -> IkeSa:
    """The IKE SA that began with IKE_SA_INIT, before all rekeys."""
    for _ in range(ANCESTORS):
        if sa.parent is None:
            break
        sa = sa.parent
    return sa


def _support_fault(sa: IkeSa) -> Fault | None:
    requests = _first_sa(sa).init_requests
    if not requests or any(e.message.notify(kind) for e in requests for kind in SUPPORT):
        return None
    if any(cut_notify(e.message, kind) for e in requests for kind in SUPPORT):
        return None
    return "a redirect only after REDIRECT_SUPPORTED or REDIRECTED_FROM", f"neither in frame {requests[-1].frame}"
