"""Clause 5.1.2.3: a UE finds out whether it is at home before it registers, and registers if it is not.

Which link a Binding Update leaves by goes by its care-of address: it lies in a prefix that is advertised there.
"""

from __future__ import annotations

from ipaddress import IPv6Network

from dissectors.dhcpv6 import RelayMessage
from dissectors.mobility.messages import BindingUpdate
from rules.advertisements import Advertised, AdvertisementEvent
from rules.bindings import HomeRegistration, MobilityEvent
from rules.home_links import foreign_links
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context
from rules.ts24303.clause_5_1_2_4_start import gives_up_home_sa, makes_home_sa
from rules.ts24303.places import from_ha
from rules.ts24303.registering import maybe_initial, of_initial, registers, registers_from_ipv6

ADVERTISED = "a Router Advertisement with the prefix of the link before the Binding Update"
NOT_SHOWN = "whether the access link is in the capture does not show"
LOOK_BACK = 256
"""The oldest sessions that are looked through."""

# Detection before the first update of an interface


def _registers_from_new_address(event: AnyEvent, context: Context) -> bool:
    """The first Binding Update from an IPv6 care-of address."""
    if not registers_from_ipv6(event, context) or context.home is None:
        return False
    return all(u.message.care_of_address != event.message.care_of_address for u in context.home.updates)


@check("UE-5.1.2.3-01", on=Kind.BINDING_UPDATE, when=_registers_from_new_address, maybe=maybe_initial)
def update_without_home_link_detection(event: MobilityEvent, context: Context) -> Outcome:
    """A UE that does not look may register at home, and have its traffic tunnelled to where it is anyway."""
    care_of_address = event.message.care_of_address
    if context.world.advertisements.covering(care_of_address):
        return PASSED
    doubt = _not_in_sight(context)
    if doubt:
        return inconclusive(doubt)
    return of_initial(
        failed(expected=ADVERTISED, observed=f"none that {care_of_address} lies in", absence=True),
        context,
    )


def _not_in_sight(context: Context) -> str:
    """Why advertisements may have gone past this capture; empty if the access link is in it."""
    if context.world.advertisements.without_prefix:
        return "an advertisement without prefixes was captured, which may be of this link"
    if context.profile.capture_point == "ue":
        return ""
    discovery = context.session.discovery
    asked = discovery.requests if discovery is not None else []
    on_link = any(not isinstance(r.message, RelayMessage) for r in asked)
    return "" if on_link and context.profile.capture_point is None else NOT_SHOWN


def _comes_late(event: AnyEvent, context: Context) -> bool:
    """The first advertisement of the link that a Binding Update has left by already: the link is in the capture."""
    return _too_early(event, context) is not None


def _too_early(event: AdvertisementEvent, context: Context) -> MobilityEvent | None:
    world = context.world
    if context.profile.capture_point is not None or world.advertisements.without_prefix:
        return None
    networks = [p.network for p in event.message.prefixes if world.advertisements.of(p.prefix, p.prefix_length) is None]
    for home in context.session.homes.values():
        for update in home.updates:
            if _is_first_from(update, home, networks):
                return None if world.advertisements.covering(update.message.care_of_address) else update
    return None


def _is_first_from(update: MobilityEvent, home: HomeRegistration, networks: list[IPv6Network]) -> bool:
    packet, message = update.message, update.message.message
    if not isinstance(message, BindingUpdate) or message.is_deregistration or packet.is_from_ipv4:
        return False
    if packet.care_of_address == home.home_address:
        return False
    return any(packet.care_of_address in network for network in networks if network.prefixlen)


@check("UE-5.1.2.3-01", on=Kind.ROUTER_ADVERTISEMENT, when=_comes_late)
def advertised_after_the_update(event: AdvertisementEvent, context: Context) -> Outcome:
    """A UE that does not look may register at home, and have its traffic tunnelled to where it is anyway."""
    update = _too_early(event, context)
    assert update is not None
    if _came_before_the_capture(update, context):
        return inconclusive("the start of this session was not captured: an earlier advertisement may have gone unseen")
    return failed(
        expected=ADVERTISED,
        observed=f"the first that {update.message.care_of_address} lies in is in frame {event.frame}, after it",
        related=(event.frame,),
        frame=update.frame,
        at=update.at,
        absence=True,
    )


def _came_before_the_capture(update: MobilityEvent, context: Context) -> bool:
    """The UE was at this address already when the capture began: some IKE SA of it shows in part."""
    begun = context.session.ike_sas[0] if context.session.ike_sas else None
    if begun is None or begun.partial:
        return True
    starts = (s.ike_sas[0] for s in context.world.sessions[:LOOK_BACK] if s.ike_sas)
    return any(sa.partial and sa.initiator.address == update.message.care_of_address for sa in starts)


# Away


def _foreign_links(event: AnyEvent, context: Context) -> list[Advertised]:
    """Those of the link that the UE is on, to which an answer goes."""
    return foreign_links(context.session, event.destination.address, event.at)


def _is_ready_abroad(event: AnyEvent, context: Context) -> bool:
    """The SA for the Home Address is made, and what is advertised where the UE is does not match."""
    session = context.session
    return bool(session.home_prefixes) and makes_home_sa(event, context) and bool(_foreign_links(event, context))


def _registration_words(event: AnyEvent, context: Context) -> tuple[str, str]:
    link = _foreign_links(event, context)[0]
    return f"a Binding Update: {link.prefix}, advertised in frame {link.last.frame}, is not the home prefix", ""


@obligation(
    "UE-5.1.2.3-05",
    on=Kind.CREATE_CHILD_SA_RESPONSE,
    when=_is_ready_abroad,
    maybe=from_ha,
    met_by=Kind.BINDING_UPDATE,
    expected="a Binding Update",
    words=_registration_words,
    void_by=(Kind.INFORMATIONAL_REQUEST, Kind.BINDING_ACK),
    voids=gives_up_home_sa,
)
def no_registration_abroad(made: AnyEvent, event: MobilityEvent, context: Context) -> bool:
    """Until it registers, nothing that is sent to its Home Address reaches the UE."""
    return registers(event, context)
