"""Clause 5.1.2.1.5: Home Agent discovery by DHCPv6. The options of RFC 6610 and of the draft before it both count."""

from __future__ import annotations

from dissectors.dhcpv6 import HomeForm, HomeInformation, IdType, MessageType
from dissectors.dhcpv6.information import asks_for_home_information, home_information
from dissectors.events import Address
from rules.discovery import DhcpEvent, Told
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.discovering import discovery_of, shown, shows_both_families, told_in, unreadable, unreadable_options
from rules.ts24303.identities import same_apn
from rules.ts24303.places import named, never, opens_authentication, quoted

IDENTIFIER = "a Home Network Identifier"

# The request


def _asks(event: AnyEvent, context: Context) -> bool:
    return asks_for_home_information(event.message)


@check("UE-5.1.2.1.5-01", on=Kind.DHCPV6, when=_asks)
def discovery_without_identifier(event: DhcpEvent, context: Context) -> Outcome:
    """Without it the server cannot know which network is meant, and answers for none or for its own."""
    inner = event.message.inner
    assert inner is not None
    wanted = f"an Information-Request with {IDENTIFIER} option"
    if inner.type != MessageType.INFORMATION_REQUEST:
        return failed(expected=wanted, observed=f"a {_type_of(inner.type)} asks for home network information")
    information = home_information(inner)
    if information is not None and information.identifier is not None:
        return PASSED
    if unreadable_options(inner):
        return PASSED
    doubt = unreadable(event)
    return inconclusive(doubt) if doubt else failed(expected=wanted, observed=f"no {IDENTIFIER[2:]}")


def _type_of(kind: int) -> str:
    return named(kind, MessageType, "message of type").capitalize().replace("_", "-")


# Which network it asks for


def _names_network(event: AnyEvent) -> bool:
    return home_information(event.message) is not None or bool(unreadable_options(event.message))


def _asks_for_declared_network(event: AnyEvent, context: Context) -> bool:
    return context.profile.target_apn is not None and _asks(event, context) and _names_network(event)


@check("UE-5.1.2.1.5-02", on=Kind.DHCPV6, when=_asks_for_declared_network)
def identifier_of_another_network(event: DhcpEvent, context: Context) -> Outcome:
    """The server answers with the Home Agent of another PDN, or of any; the UE gets the wrong connection or none."""
    assert context.profile.target_apn is not None
    return _names(event, context.profile.target_apn, "target_apn of the profile")


def _authenticates_after_discovery(event: AnyEvent, context: Context) -> bool:
    if context.profile.target_apn is not None or not opens_authentication(event, context):
        return False
    request = _last_request(context)
    closed = event.message.sealed is not None or event.message.identification(initiator=False) is not None
    return request is not None and _names_network(request) and closed


def _last_request(context: Context) -> DhcpEvent | None:
    discovery = discovery_of(context)
    return discovery.requests[-1] if discovery is not None and discovery.requests else None


@check("UE-5.1.2.1.5-02", on=Kind.IKE_AUTH_REQUEST, when=_authenticates_after_discovery)
def identifier_of_another_network_than_idr(event: AnyEvent, context: Context) -> Outcome:
    """The server answers with the Home Agent of another PDN, or of any; the UE gets the wrong connection or none."""
    request, apn = _last_request(context), event.message.identification(initiator=False)
    assert request is not None
    if apn is None:
        return inconclusive(f"which APN the UE wants is not known: {event.message.sealed}")
    return _names(request, apn.text, f"IDr in frame {event.frame}", (event.frame,))


def _names(request: DhcpEvent, apn: str, source: str, related: tuple[int, ...] = ()) -> Outcome:
    """Whether a request asks for the network of an APN."""
    information = home_information(request.message) or HomeInformation()
    fault = _id_type_fault(information) or _identifier_fault(information.identifier, apn)
    if not fault:
        return PASSED
    if not request.complete:
        return inconclusive(f"the capture cut frame {request.frame}")
    id_type = "id-type 1 and " if information.form is HomeForm.DRAFT else ""
    return failed(
        expected=f"{id_type}{IDENTIFIER} of {quoted(apn)} ({source})",
        observed=fault,
        related=related,
        frame=request.frame,
        at=request.at,
    )


def _id_type_fault(information: HomeInformation) -> str:
    """RFC 6610 has no id-type."""
    if information.id_type in (None, IdType.TARGET):
        return ""
    return f"id-type {information.id_type}"


def _identifier_fault(identifier: str | None, apn: str) -> str:
    if identifier is None:
        return "no identifier that can be read"
    if not identifier.removesuffix("."):
        return "an empty identifier"
    return "" if same_apn(identifier.removesuffix("."), apn) else f"identifier {quoted(identifier)}"


# The answer


def _answers(event: AnyEvent, context: Context) -> bool:
    """A Reply to a request for home network information."""
    return told_in(event, context) is not None


@check("NET-5.1.2.1.5-03", on=Kind.DHCPV6, when=_answers)
def reply_without_home_agent(event: DhcpEvent, context: Context) -> Outcome:
    """The UE cannot begin IKEv2 without an address, nor over an access of the family whose address is missing."""
    told = told_in(event, context)
    assert told is not None
    related = (told.request.frame,) if told.request else ()
    information = told.information
    lacks = _lack(information)
    if lacks:
        doubt = unreadable(event) or _opaque(event)
        wanted = "Home Network Information with the addresses of the HA, or its FQDN"
        return inconclusive(doubt) if doubt else failed(expected=wanted, observed=lacks, related=related)
    assert information is not None
    missing = None if information.fqdn else _missing_twin(information, context)
    return _half(information.home_agents, missing, related=related) if missing else PASSED


def _lack(information: HomeInformation | None) -> str:
    if information is None:
        return "no Home Network Information option"
    if not information.home_agents and not information.fqdn:
        return "neither an address nor an FQDN of the HA"
    return ""


def _opaque(event: DhcpEvent) -> str:
    hidden = unreadable_options(event.message)
    return f"option {hidden[0].code} in frame {event.frame} cannot be read" if hidden else ""


def _missing_twin(information: HomeInformation, context: Context) -> Address | None:
    """The address of the family that is not given, of a Home Agent that is known to have both."""
    if len({address.version for address in information.home_agents}) != 1:
        return None
    twins = (context.world.dual_stack.twin(address) for address in information.home_agents)
    return next((twin for twin in twins if twin is not None), None)


def _half(given: tuple[Address, ...], missing: Address, related: tuple[int, ...], told: Told | None = None) -> Outcome:
    return failed(
        expected=f"both addresses of the HA, which has {missing} as well, or its FQDN",
        observed=f"{shown(given)} alone",
        related=related,
        frame=told.event.frame if told else 0,
        at=told.event.at if told else 0,
    )


def _shows_both(event: AnyEvent, context: Context) -> bool:
    return shows_both_families(event, context) and _half_told(event, context) is not None


def _half_told(event: AnyEvent, context: Context) -> Told | None:
    """The Reply that gave one of the two addresses and kept the other back, and could not be judged when it came."""
    discovery, ends = discovery_of(context), event.message.addressing
    both, known = {ends.outer_source.address, ends.source}, context.world.dual_stack
    for told in discovery.replies if discovery else ():
        if len({address.version for address in told.home_agents}) != 1 or told.fqdn:
            continue
        if both.intersection(told.home_agents) and not known.was_known(told.home_agents[0], told.event.frame):
            return told
    return None


@check("NET-5.1.2.1.5-03", on=Kind.BINDING_ACK, when=_shows_both, maybe=never)
def reply_that_kept_an_address_back(event: AnyEvent, context: Context) -> Outcome:
    """The UE cannot begin IKEv2 without an address, nor over an access of the family whose address is missing."""
    told, ends = _half_told(event, context), event.message.addressing
    assert told is not None
    given = told.home_agents
    missing = next(a for a in (ends.outer_source.address, ends.source) if a not in given)
    return _half(given, missing, related=(event.frame,), told=told)
