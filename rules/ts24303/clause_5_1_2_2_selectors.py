"""Clause 5.1.2.2: the selectors of the SA for Binding Updates and Acknowledgements, as RFC 4877 has them."""

from __future__ import annotations

from dissectors.events import Address
from dissectors.ikev2.messages import TrafficSelector
from dissectors.ikev2.registry import NotifyType, PayloadType
from dissectors.mobility.registry import MhType
from rules.bindings import MobilityEvent
from rules.home_sas import MOBILITY_HEADER, has_mobility, has_type, is_opaque, made_for, selectors_of, shown, touches
from rules.model import PASSED, Outcome, Role, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import ChildSa, Context, IkeEvent, Session
from rules.ts24303.clause_5_1_2_2_home import asked_by_ue, is_created, own_selectors, registers_first, sa_made_unseen
from rules.ts24303.places import from_ue, never, unreadable


def _peer(event: IkeEvent) -> tuple[TrafficSelector, ...]:
    selectors = event.message.selectors(initiator=False)
    return selectors.selectors if selectors else ()


def _asks_for_home_sa(event: AnyEvent, context: Context) -> bool:
    """The first one after IKE_AUTH; later ones only where they are for the Mobility Header."""
    if not asked_by_ue(event, context):
        return False
    if any(s.protocol == MOBILITY_HEADER for s in own_selectors(event) + _peer(event)):
        return True
    made = any(is_created(child.response) for child in context.session.children.values())
    return not made and event.message.notify(NotifyType.REKEY_SA) is None


@check("UE-5.1.2.2-16", on=Kind.CREATE_CHILD_SA_REQUEST, when=_asks_for_home_sa, maybe=from_ue)
def selectors_that_leave_out_updates(event: IkeEvent, context: Context) -> Outcome:
    """The SA is then of no use for what it was made for: one end drops what the other sends."""
    doubt = unreadable(event.message, PayloadType.TSi, PayloadType.TSr)
    if doubt:
        return inconclusive(doubt)
    own, peer = own_selectors(event), _peer(event)
    if context.sa is not None and context.sa.roles_guessed:
        return inconclusive("the start of this session was not captured: which end is the UE does not show yet")
    home = _of_home(own, event, context)
    expected = "TSi with the Home Address and TSr with the HA, for protocol 135 with BU from the UE and BA from the HA"
    sends = any(has_type(s, MhType.BINDING_UPDATE) for s in home)
    takes = any(has_type(s, MhType.BINDING_ACKNOWLEDGEMENT) or is_opaque(s) for s in peer)
    if sends and takes and any(s.start == s.end and s.protocol == MOBILITY_HEADER for s in home):
        return PASSED
    observed = f"TSi {shown(own)}; TSr {shown(peer)}"
    if not sends:
        if _may_be_at_home(own, context):
            return inconclusive(f"whether the UE's own address is the Home Address does not show ({observed})")
        return failed(expected=expected, observed=observed)
    if not takes:
        return failed(expected=expected, observed=observed)
    return noted(f"wider than the Home Address and protocol 135: {observed}")


def _registers_an_unnamed_home_address(event: AnyEvent, context: Context) -> bool:
    """CREATE_CHILD_SA was run, and none of them names the Home Address that is registered now."""
    if not registers_first(event, context) or context.home is None or sa_made_unseen(event, context):
        return False
    home, created = context.home.home_address, _created(context.session)
    return bool(created) and next(made_for(context.session, home), None) is None


def _created(session: Session) -> list[ChildSa]:
    """The CHILD SAs of CREATE_CHILD_SA that the UE asked for, with what it takes for its Home Address in TSi."""
    children = dict.fromkeys(session.children.values()) if session.home_prefixes else ()
    made = (c for c in children if is_created(c.response) and c.initiator_role is Role.UE and c.rekeys is None)
    return [c for c in made if _claimed(selectors_of(c, Role.UE), (c.request or c.response).source.address, session)]


@check("UE-5.1.2.2-16", on=Kind.BINDING_UPDATE, when=_registers_an_unnamed_home_address, maybe=never)
def selectors_with_another_home_address(event: MobilityEvent, context: Context) -> Outcome:
    """What TSi named turns out not to be the Home Address: the SA covers an address that nobody uses."""
    home, child = context.home, _created(context.session)[-1]
    assert home is not None
    asked = child.request or child.response
    return failed(
        expected=f"TSi with the Home Address {home.home_address}, which frame {event.frame} registers",
        observed=f"TSi {shown(selectors_of(child, Role.UE))}",
        frame=asked.frame,
        at=asked.at,
        related=(event.frame,),
    )


def _may_be_at_home(own: tuple[TrafficSelector, ...], context: Context) -> bool:
    """The prefix was assigned unseen, and the UE may be in it: on its home link."""
    unknown = not context.session.home_prefixes and (context.sa is None or context.sa.partial)
    return unknown and any(s.protocol == MOBILITY_HEADER and has_type(s, MhType.BINDING_UPDATE) for s in own)


def _of_home(own: tuple[TrafficSelector, ...], event: IkeEvent, context: Context) -> list[TrafficSelector]:
    """The selectors that hold a Home Address; where no prefix is known, any but the UE's own address."""
    if context.session.home_prefixes:
        return _claimed(own, event.source.address, context.session)
    return [s for s in own if _is_ipv6(s) and not s.start == s.end == event.source.address]


def _claimed(own: tuple[TrafficSelector, ...], source: Address, session: Session) -> list[TrafficSelector]:
    """Those of the home prefix. Else a single address for updates that is not where the UE is: it takes that for its
    Home Address, and that it lies outside the prefix is UE-5.1.2.2-14's to tell.
    """
    of_prefix = [s for s in own if any(touches(s, grant) for grant in session.home_prefixes)]
    return of_prefix or [s for s in own if _is_ipv6(s) and s.start == s.end != source and has_mobility(s)]


def _is_ipv6(selector: TrafficSelector) -> bool:
    return selector.start is not None and selector.start.version == 6
