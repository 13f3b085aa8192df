"""Clause 5.1.2.2: the Home Address from the assigned prefix, and CREATE_CHILD_SA for the SA of its updates."""

from __future__ import annotations

from dissectors.events import Address
from dissectors.ikev2.messages import SecurityAssociation, TrafficSelector
from dissectors.ikev2.registry import ExchangeType, NotifyType, ProtocolId
from rules.bindings import MobilityEvent
from rules.contents import deletes_ike_sa
from rules.home_sas import MOBILITY_HEADER, has_mobility, made_for, selectors_of, shown, touches
from rules.learning import completes_auth, grants
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.obligations import drops_doubt
from rules.registrations import lies_in_home_prefix
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context, IkeEvent, Session
from rules.ts24303.places import from_ha, from_ue, never
from rules.ts24303.registering import is_initial, late_start, registers

MOST_GRANTS = 4
"""Assigned prefixes that an outcome names."""


def asks_for_sa(event: IkeEvent) -> bool:
    """A CREATE_CHILD_SA request for ESP SAs, not for another IKE SA."""
    offer = event.message.first(SecurityAssociation)
    return offer is not None and any(p.protocol == ProtocolId.ESP for p in offer.proposals)


def asked_by_ue(event: AnyEvent, context: Context) -> bool:
    return context.role is Role.UE and asks_for_sa(event)


def own_selectors(event: IkeEvent) -> tuple[TrafficSelector, ...]:
    """TSi of a request: what the asker sends from."""
    selectors = event.message.selectors(initiator=True)
    return selectors.selectors if selectors else ()


# The Home Address


def _named(event: IkeEvent, session: Session) -> list[Address]:
    """Single IPv6 addresses of the Mobility Header's selectors; not the UE's own, which leads some lists, unless it is
    the Home Address: the UE is on its home link.
    """
    own = event.source.address
    named = [s.start for s in own_selectors(event) if s.start is not None and s.start == s.end and has_mobility(s)]
    return [a for a in named if a.version == 6 and (a != own or lies_in_home_prefix(session, a))]


def _names_home_address(event: AnyEvent, context: Context) -> bool:
    return asked_by_ue(event, context) and bool(context.session.home_prefixes) and bool(_named(event, context.session))


@check("UE-5.1.2.2-14", on=Kind.CREATE_CHILD_SA_REQUEST, when=_names_home_address, maybe=from_ue)
def selector_outside_the_home_prefix(event: IkeEvent, context: Context) -> Outcome:
    """What is sent to an address that is not of the home prefix does not come to this HA."""
    named = _named(event, context.session)
    if any(lies_in_home_prefix(context.session, address) for address in named):
        return PASSED
    return _outside(named[0], "in TSi", context.session)


def _outside(address: Address, where: str, session: Session) -> Outcome:
    prefixes = session.home_prefixes[-MOST_GRANTS:]
    return failed(
        expected=f"a Home Address of {' or '.join(f'{g.prefix}/{g.length}' for g in prefixes)}, the home prefix",
        observed=f"{address} {where}",
        related=tuple(dict.fromkeys(g.frame for g in prefixes)),
    )


def _registers_home_address(event: AnyEvent, context: Context) -> bool:
    """Where IKE_AUTH was seen and gave no prefix, the Home Address comes from elsewhere."""
    return registers(event, context) and (bool(context.session.home_prefixes) or bool(late_start(context)))


@check("UE-5.1.2.2-14", on=Kind.BINDING_UPDATE, when=_registers_home_address, maybe=never)
def home_address_outside_the_home_prefix(event: MobilityEvent, context: Context) -> Outcome:
    """The HA refuses it, or binds an address whose packets never come to it."""
    home = context.home.home_address if context.home else event.message.home_address
    if not context.session.home_prefixes:
        return inconclusive(f"which prefix was assigned is not known: {late_start(context)}")
    if lies_in_home_prefix(context.session, home):
        return PASSED
    return _outside(home, "as Home Address of the Binding Update", context.session)


# CREATE_CHILD_SA


def _gives_prefix(event: AnyEvent, context: Context) -> bool:
    """Whoever is redirected or told that it failed has no IKE SA to go on with, whatever stands beside that."""
    sa, message = context.sa, event.message
    if sa is None or context.role is not Role.HA:
        return False
    if message.notify(NotifyType.REDIRECT) or message.notify(NotifyType.AUTHENTICATION_FAILED):
        return False
    return completes_auth(sa.request_of(event), event) and bool(grants(event))


def _wanted(given: AnyEvent, context: Context) -> tuple[str, str]:
    prefixes = " or ".join(f"{g.prefix}/{g.length}" for g in grants(given))
    return f"a CREATE_CHILD_SA request with a Home Address of {prefixes} in TSi, for protocol {MOBILITY_HEADER}", ""


def _is_overtaken(given: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """The UE registers, which is judged by itself, or the IKE SA ends."""
    if context.role is Role.UE and event.message.name == "Binding Update":
        return registers(event, context)
    return _ends_sa(given, event)


def _ends_sa(given: AnyEvent, event: AnyEvent) -> bool:
    spis = getattr(event.message, "initiator_spi", b""), getattr(event.message, "responder_spi", b"")
    return spis == (given.message.initiator_spi, given.message.responder_spi) and deletes_ike_sa(event.message)


@obligation(
    "UE-5.1.2.2-15",
    on=Kind.IKE_AUTH_RESPONSE,
    when=_gives_prefix,
    maybe=from_ha,
    met_by=Kind.CREATE_CHILD_SA_REQUEST,
    expected="a CREATE_CHILD_SA request for the SA of the Home Address",
    words=_wanted,
    void_by=(Kind.BINDING_UPDATE, Kind.INFORMATIONAL_REQUEST),
    voids=_is_overtaken,
)
def no_sa_for_the_home_address(given: AnyEvent, request: AnyEvent, context: Context) -> bool:
    """No SA ties the new Home Address to the UE yet, so that the HA cannot trust a Binding Update for it."""
    if not asked_by_ue(request, context):
        return False
    return any(touches(s, grant) for s in own_selectors(request) for grant in grants(given))


def registers_first(event: AnyEvent, context: Context) -> bool:
    """The first update of all for this Home Address that was captured, with nothing bound yet."""
    home = context.home
    return is_initial(event, context) and home is not None and not home.updates


def _registers_after_prefix(event: AnyEvent, context: Context) -> bool:
    return registers_first(event, context) and context.session.established and bool(context.session.home_prefixes)


@check("UE-5.1.2.2-15", on=Kind.BINDING_UPDATE, when=_registers_after_prefix, maybe=never)
def update_before_its_sa(event: MobilityEvent, context: Context) -> Outcome:
    """Without an SA of its own the Home Address is tied to nobody: the HA drops the update, or ought to."""
    home = context.home.home_address if context.home else event.message.home_address
    if next(made_for(context.session, home), None) is not None:
        return PASSED
    doubt = sa_made_unseen(event, context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"CREATE_CHILD_SA for Home Address {home} before its first Binding Update",
        observed=_made_instead(context.session),
        related=_made_in(context.session),
    )


def sa_made_unseen(event: MobilityEvent, context: Context) -> str:
    """Why the SA of the Home Address may have been made although no CREATE_CHILD_SA shows it; empty if not."""
    packet = event.message
    if packet.esp is not None and context.child is None:
        return f"the negotiation of SPI 0x{packet.spi:08x}, on which it comes, was not captured or opened"
    for exchange in context.sa.exchanges.values() if context.sa else ():
        known = exchange.response or exchange.request
        if known is not None and known.message.exchange_type == ExchangeType.CREATE_CHILD_SA:
            request, response = exchange.request, exchange.response
            if request is None or request.message.sealed or (response is not None and response.message.sealed):
                return f"CREATE_CHILD_SA in frame {known.frame} stays closed or was captured in part"
    return drops_doubt(context.world.evidence)


def _shows_none_was_missed(event: AnyEvent, context: Context) -> bool:
    """The UE's next request of all goes on with the next message ID: no CREATE_CHILD_SA of it lies in between."""
    return _update_on_unknown_sa(event, context) is not None


def _update_on_unknown_sa(event: IkeEvent, context: Context) -> MobilityEvent | None:
    """The first update, on an SA that nothing negotiated, with every exchange before it captured and none made one."""
    session, sa = context.session, context.sa
    if sa is None or context.role is not Role.UE or sa.partial or len(session.ike_sas) > 1 or not sa.established:
        return None
    mine = sa.initiator_role is Role.UE
    before = [sa.exchanges.get((mine, number)) for number in range(event.message.message_id)]
    seen = [exchange.request for exchange in before if exchange is not None and exchange.request is not None]
    if len(seen) < len(before) or any(r.message.exchange_type == ExchangeType.CREATE_CHILD_SA for r in seen):
        return None
    updates = [home.updates[0] for home in session.homes.values() if home.updates]
    return next((u for u in updates if _is_between(seen[-1], u, event) and _is_on_unknown_sa(u, session)), None)


def _is_between(before: IkeEvent, update: MobilityEvent, after: IkeEvent) -> bool:
    return before.frame < update.frame < after.frame


def _is_on_unknown_sa(update: MobilityEvent, session: Session) -> bool:
    packet = update.message
    return packet.esp is not None and packet.spi not in session.children


@check(
    "UE-5.1.2.2-15",
    on=(Kind.INFORMATIONAL_REQUEST, Kind.CREATE_CHILD_SA_REQUEST),
    when=_shows_none_was_missed,
    sealed=True,
)
def update_on_no_sa_of_its_own(event: IkeEvent, context: Context) -> Outcome:
    """Without an SA of its own the Home Address is tied to nobody: the HA drops the update, or ought to."""
    update = _update_on_unknown_sa(event, context)
    assert update is not None
    observed = f"none: IKE message {event.message.message_id} comes next, in frame {event.frame}"
    return _shown_later(update, event, observed, absence=True)


def _shown_later(update: MobilityEvent, event: IkeEvent, observed: str, *, absence: bool = False) -> Outcome:
    """The fault is the update's; ``event`` is what shows it."""
    return failed(
        expected=f"CREATE_CHILD_SA for Home Address {update.message.home_address} before its first Binding Update",
        observed=observed,
        related=(event.frame,),
        frame=update.frame,
        at=update.at,
        absence=absence,
    )


def update_ahead_of(event: IkeEvent, context: Context) -> MobilityEvent | None:
    """The first update of a Home Address, if it came on an SA that is agreed on only now and was asked for after it."""
    sa, offer = context.sa, event.message.first(SecurityAssociation)
    request = sa.request_of(event) if sa is not None else None
    if offer is None or request is None or context.role is not Role.HA:
        return None
    agreed = {int.from_bytes(proposal.spi) for proposal in offer.proposals if proposal.protocol == ProtocolId.ESP}
    updates = [home.updates[0] for home in context.session.homes.values() if home.updates]
    return next((u for u in updates if u.message.spi in agreed and u.frame < request.frame), None)


def _makes_sa_too_late(event: AnyEvent, context: Context) -> bool:
    return update_ahead_of(event, context) is not None


@check("UE-5.1.2.2-15", on=Kind.CREATE_CHILD_SA_RESPONSE, when=_makes_sa_too_late, maybe=never)
def update_on_an_sa_to_come(event: IkeEvent, context: Context) -> Outcome:
    """Without an SA of its own the Home Address is tied to nobody: the HA drops the update, or ought to."""
    update = update_ahead_of(event, context)
    assert update is not None
    observed = f"it comes on SPI 0x{update.message.spi:08x}, which frame {event.frame} agrees on"
    return _shown_later(update, event, observed)


def _made_instead(session: Session) -> str:
    made = [c for c in dict.fromkeys(session.children.values()) if is_created(c.response)]
    if not made:
        return "no CREATE_CHILD_SA before it"
    return f"CREATE_CHILD_SA with {shown(selectors_of(made[-1], Role.UE))} for the UE"


def _made_in(session: Session) -> tuple[int, ...]:
    return tuple(dict.fromkeys(c.response.frame for c in session.children.values()))[-MOST_GRANTS:]


def is_created(response: IkeEvent) -> bool:
    return response.message.exchange_type == ExchangeType.CREATE_CHILD_SA
