"""Clause 5.1.2.1.5: the UE looks up the Home Agent's name that DHCPv6 gave in DNS, for addresses of both families.

When IKE begins, the time for a look-up is over: checks on the IKE_SA_INIT request judge what was not done by then.
"""

from __future__ import annotations

from collections.abc import Iterable

from dissectors.dhcpv6 import home_information
from dissectors.dns import Question, RecordType
from rules.discovery import BOTH_TYPES, Discovery, DnsEvent, Lookup, Told, asks_unread, folded
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context, IkeEvent
from rules.ts24303.discovering import (
    AT_THE_HA,
    UNREAD,
    discovery_of,
    named_without_addresses,
    shown_others,
    starts_ike,
    told_in,
    unseen,
)
from rules.ts24303.places import quoted

OTHERS_QUERY = "several UEs were given this name, and nothing tells which of them asks for it"


def asked_types(event: DnsEvent, name: str) -> set[int]:
    """Which of A and AAAA records a query asks for; one for all types asks for both."""
    return types_for(event.message.questions, name)


def types_for(questions: Iterable[Question], name: str) -> set[int]:
    """Which of A and AAAA records of a name some questions are about."""
    types = {question.type for question in questions if folded(question.name) == folded(name)}
    return set(BOTH_TYPES) if RecordType.ANY in types else types.intersection(BOTH_TYPES)


def _given_in(event: AnyEvent, context: Context) -> Told | None:
    """The Reply with a name alone that a query of the UE follows, before IKE."""
    discovery = discovery_of(context)
    if discovery is None or context.role is not Role.UE or discovery.start is not None:
        return None
    return next((told for told in named_without_addresses(discovery) if asked_types(event, told.fqdn)), None)


def _is_anyones(event: AnyEvent, context: Context) -> bool:
    """A query for the name that may be of another client, which was given it as well."""
    discovery = discovery_of(context)
    return discovery is not None and discovery.unsure and _given_in(event, context) is not None


def _is_unread(event: AnyEvent, context: Context) -> bool:
    """A query of this UE that the capture cut too short to tell what it asks for."""
    discovery = discovery_of(context)
    return discovery is not None and discovery.start is None and asks_unread(event.message)


def _in_time(since: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """The deadline has not passed: what is owed has no verdict yet."""
    return event.at - since.at <= context.profile.deadline("default")


# That it is looked up


def _gives_only_a_name(event: AnyEvent, context: Context) -> bool:
    """The name is new: a Reply that comes twice does not call for another look-up."""
    told, discovery = told_in(event, context), discovery_of(context)
    if told is None or discovery is None:
        return False
    return told.gives_only_a_name and not discovery.is_looked_up(told.fqdn)


def _gives_a_name_in_sight(event: AnyEvent, context: Context) -> bool:
    return _gives_only_a_name(event, context) and context.profile.capture_point != "ha"


def _gives_a_name_at_the_ha(event: AnyEvent, context: Context) -> bool:
    return _gives_only_a_name(event, context) and context.profile.capture_point == "ha"


def _query_words(event: AnyEvent, context: Context) -> tuple[str, str]:
    told = told_in(event, context)
    return _query_for(told.fqdn) if told else "a DNS query for the HA's name", ""


def _query_for(name: str) -> str:
    return f"a DNS query for {quoted(name)}, the name of the HA"


def _is_overtaken(reply: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """IKE begins, or nothing tells who asks or for what: checks account for each."""
    if hasattr(event.message, "exchange_type"):
        return starts_ike(event, context)
    return _is_anyones(event, context) or _is_unread(event, context)


@obligation(
    "UE-5.1.2.1.5-04",
    on=Kind.DHCPV6,
    when=_gives_a_name_in_sight,
    met_by=Kind.DNS,
    expected="a DNS query for the name of the HA",
    words=_query_words,
    void_by=(Kind.IKE_SA_INIT_REQUEST, Kind.DNS),
    voids=_is_overtaken,
)
def name_not_looked_up(reply: AnyEvent, event: DnsEvent, context: Context) -> bool:
    """The name is all that the UE was told of its Home Agent: without the look-up it knows no address of it."""
    given = home_information(reply.message)
    assert given is not None
    assert given.fqdn is not None
    return _given_in(event, context) is not None and bool(asked_types(event, given.fqdn))


@check("UE-5.1.2.1.5-04", on=Kind.DHCPV6, when=_gives_a_name_at_the_ha)
def look_up_out_of_sight(event: AnyEvent, context: Context) -> Outcome:
    """A capture at the Home Agent may hold DHCPv6, which it serves, and not the DNS of the access network."""
    return inconclusive(AT_THE_HA)


@check("UE-5.1.2.1.5-04", on=Kind.DNS, when=_is_anyones)
def look_up_by_anyone(event: AnyEvent, context: Context) -> Outcome:
    """Several UEs behind one relay ask for the same name."""
    return inconclusive(OTHERS_QUERY)


def _may_look_up(event: AnyEvent, context: Context) -> bool:
    discovery = discovery_of(context)
    if discovery is None or not _is_unread(event, context):
        return False
    return any(not discovery.is_looked_up(told.fqdn) for told in named_without_addresses(discovery))


@check("UE-5.1.2.1.5-04", on=Kind.DNS, when=_may_look_up)
def look_up_that_was_cut(event: AnyEvent, context: Context) -> Outcome:
    """The name may be what is asked for."""
    return inconclusive(UNREAD.format(event.frame))


def _has_name_to_look_up(event: AnyEvent, context: Context) -> bool:
    return starts_ike(event, context) and bool(_not_looked_up(event, context))


def _not_looked_up(event: AnyEvent, context: Context) -> list[Told]:
    discovery = discovery_of(context)
    if discovery is None or context.profile.capture_point == "ha":
        return []
    given = named_without_addresses(discovery)
    return [t for t in given if not discovery.is_looked_up(t.fqdn) and _in_time(t.event, event, context)]


@check("UE-5.1.2.1.5-04", on=Kind.IKE_SA_INIT_REQUEST, when=_has_name_to_look_up)
def ike_before_the_look_up(event: IkeEvent, context: Context) -> Outcome:
    """An address that does not come from the name may be that of a Home Agent that has left or is overloaded."""
    discovery, told = discovery_of(context), _not_looked_up(event, context)[0]
    assert discovery is not None
    doubt = OTHERS_QUERY if discovery.unsure else unseen(context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=_query_for(told.fqdn),
        observed=f"IKE_SA_INIT to {event.destination.address} without one{shown_others(discovery)}",
        related=(event.frame, *discovery.others.values()),
        frame=told.event.frame,
        at=told.event.at,
        absence=True,
    )


# For both families


def _asks_for_one_type(event: AnyEvent, context: Context) -> bool:
    told, discovery = _given_in(event, context), discovery_of(context)
    if told is None or discovery is None or discovery.unsure:
        return False
    if discovery.unread or discovery.is_looked_up(told.fqdn):
        return False
    return len(asked_types(event, told.fqdn)) == 1


def _asks_for_both_types(event: AnyEvent, context: Context) -> bool:
    told = _given_in(event, context)
    return told is not None and len(asked_types(event, told.fqdn)) == 2


def _other_words(event: AnyEvent, context: Context) -> tuple[str, str]:
    told = _given_in(event, context)
    if told is None:
        return "queries for AAAA and A records", ""
    (kind,) = asked_types(event, told.fqdn)
    return _both_of(told.fqdn), f"a query for {RecordType(kind).name} alone"


def _both_of(name: str) -> str:
    return f"queries for AAAA and A records of {quoted(name)}"


@obligation(
    "UE-5.1.2.1.5-05",
    on=Kind.DNS,
    when=_asks_for_one_type,
    met_by=Kind.DNS,
    expected="queries for AAAA and A records",
    words=_other_words,
    void_by=(Kind.IKE_SA_INIT_REQUEST, Kind.DNS),
    voids=_is_overtaken,
)
def one_type_looked_up(first: DnsEvent, event: DnsEvent, context: Context) -> bool:
    """A UE that knows one address of a dual-stack Home Agent cannot register from an access of the other family."""
    told = _given_in(event, context)
    if told is None:
        return False
    return asked_types(event, told.fqdn) | asked_types(first, told.fqdn) == set(BOTH_TYPES)


@check("UE-5.1.2.1.5-05", on=Kind.DNS, when=_asks_for_both_types)
def both_types_looked_up_at_once(event: DnsEvent, context: Context) -> Outcome:
    """One query may ask for all types."""
    return PASSED


def _may_ask_for_the_other(event: AnyEvent, context: Context) -> bool:
    discovery = discovery_of(context)
    if discovery is None or not _is_unread(event, context):
        return False
    names = [told.fqdn for told in named_without_addresses(discovery)]
    return any(discovery.lookup(name, kind) is None for name in names for kind in BOTH_TYPES)


@check("UE-5.1.2.1.5-05", on=Kind.DNS, when=_may_ask_for_the_other)
def one_type_that_was_cut(event: AnyEvent, context: Context) -> Outcome:
    """The type that was not asked for before or after may be what is asked for."""
    return inconclusive(UNREAD.format(event.frame))


def _single_lookups(event: AnyEvent, discovery: Discovery, context: Context) -> list[Lookup]:
    """Look-ups of which the other type was not asked for, though there was time left."""
    found = []
    for told in named_without_addresses(discovery):
        lookups = [x for x in (discovery.lookup(told.fqdn, kind) for kind in BOTH_TYPES) if x is not None]
        if len(lookups) == 1 and _in_time(lookups[0].query, event, context):
            found += lookups
    return found


def _knows_one_type(event: AnyEvent, context: Context) -> bool:
    discovery = discovery_of(context)
    if discovery is None or discovery.unsure or not starts_ike(event, context):
        return False
    return bool(_single_lookups(event, discovery, context))


@check("UE-5.1.2.1.5-05", on=Kind.IKE_SA_INIT_REQUEST, when=_knows_one_type)
def ike_after_one_type(event: IkeEvent, context: Context) -> Outcome:
    """A UE that knows one address of a dual-stack Home Agent cannot register from an access of the other family."""
    discovery = discovery_of(context)
    assert discovery is not None
    lookup = _single_lookups(event, discovery, context)[0]
    if unseen(context):
        return inconclusive(unseen(context))
    return failed(
        expected=_both_of(lookup.name),
        observed=f"a query for {RecordType(lookup.type).name} alone, then IKE_SA_INIT in frame {event.frame}",
        related=(event.frame,),
        frame=lookup.query.frame,
        at=lookup.query.at,
        absence=True,
    )
