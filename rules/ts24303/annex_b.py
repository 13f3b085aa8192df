"""Annex B: how the notify payloads of TS 24.303 are encoded."""

from __future__ import annotations

from dissectors.ikev2.messages import MalformedPayload, Notify
from dissectors.ikev2.notify import PdnIdentifier, pdn_identifier
from dissectors.ikev2.registry import AttributeType, NotifyType, PayloadType
from rules.contents import cut_notify, notifies
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.clause_5_1_2_2_prefix import asked_before, requests_for
from rules.ts24303.places import opens_authentication

IFOM = NotifyType.IFOM_CAPABILITY
SHOWN = 24
"""Octets that an outcome shows."""


def _hex(data: bytes) -> str:
    return data[:SHOWN].hex() + ("…" if len(data) > SHOWN else "")


def _spi_fault(notify: Notify | MalformedPayload) -> str:
    if isinstance(notify, MalformedPayload):
        return f"SPI Size {notify.data[1]} without such an SPI"
    return f"SPI Size {len(notify.spi)}" if notify.spi else ""


def _found(event: IkeEvent, kind: int) -> list[Notify | MalformedPayload]:
    bad = cut_notify(event.message, kind)
    return [*notifies(event.message, kind), *([bad] if bad else [])]


def _has_ifom(event: AnyEvent, context: Context) -> bool:
    return bool(_found(event, IFOM))


@check("NET-B.x-01", on=Kind.IKE, when=_has_ifom, holding=IFOM)
def ifom_capability_of_another_form(event: IkeEvent, context: Context) -> Outcome:
    """The notify says all by being there; a reader that expects nothing behind its type may reject the message."""
    for notify in _found(event, IFOM):
        fault = _spi_fault(notify)
        if not fault and isinstance(notify, Notify) and notify.data:
            fault = f"{len(notify.data)} octets of data: {_hex(notify.data)}"
        if fault:
            return failed(expected="N(IFOM_CAPABILITY) with SPI Size 0 and no data", observed=fault)
    return PASSED


def _names_pdn(event: AnyEvent, context: Context) -> bool:
    """The number is of the private range: it is a PDN Identifier only beside a request for a home prefix."""
    kind = AttributeType.MIP6_HOME_PREFIX
    if context.role is not Role.UE or not _found(event, context.profile.pdn_identifier_notify):
        return False
    return requests_for(event.message, kind) or asked_before(context, kind)


@check(
    "NET-B.x-02",
    on=Kind.IKE_AUTH_REQUEST,
    when=_names_pdn,
    maybe=opens_authentication,
    holding=PayloadType.NOTIFY,
)
def pdn_identifier_of_another_form(event: IkeEvent, context: Context) -> Outcome:
    """The HA finds the PDN connection by this prefix; one it cannot read it has to ignore, and assigns another."""
    expected = "PDN Identifier with SPI Size 0, an IPv6 prefix and its length"
    for notify in _found(event, context.profile.pdn_identifier_notify):
        fault = _spi_fault(notify)
        if fault or isinstance(notify, MalformedPayload):
            return failed(expected=expected, observed=fault)
        view = pdn_identifier(notify)
        if not isinstance(view, PdnIdentifier):
            return failed(expected=expected, observed=f"{view.reason}: {_hex(notify.data) or 'no data'}")
        if len(notify.data) != 17:
            return inconclusive(f"{len(notify.data)} octets of prefix without a length: the layout is not public")
    return PASSED
