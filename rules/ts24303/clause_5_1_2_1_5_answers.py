"""Clause 5.1.2.1.5: DNS answers with one address of each family, and IKEv2 starts towards an address that was found."""

from __future__ import annotations

from dissectors.dns import Rcode, RecordType
from dissectors.events import Address
from dissectors.ikev2.registry import NotifyType
from rules.discovery import BOTH_TYPES, Discovery, DnsEvent, folded
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation
from rules.session import Context, IkeEvent
from rules.ts24303.clause_5_1_2_1_5_dns import OTHERS_QUERY, asked_types, types_for
from rules.ts24303.discovering import UNREAD, discovery_of, shown, shows_both_families, starts_ike, unreadable
from rules.ts24303.places import named, never, quoted

Answers = dict[int, DnsEvent]
"""The last answer for each of AAAA and A."""
ONE_OF_EACH = "one AAAA and one A record"


def _answered_types(event: AnyEvent, name: str, discovery: Discovery) -> set[int]:
    """Which of A and AAAA records an answer is about, be it cut so short that only its query tells."""
    return types_for(discovery.questions_of(event), name) if event.message.is_response else set()


def _answers_with(event: AnyEvent, name: str, discovery: Discovery) -> Answers:
    """The answers for a name, as they stand with this event; of both types, or of those that were answered."""
    found: Answers = {}
    now = _answered_types(event, name, discovery)
    for kind in BOTH_TYPES:
        lookup = discovery.lookup(name, kind)
        answer = event if kind in now and lookup is not None else lookup.answer if lookup else None
        if answer is not None:
            found[kind] = answer
    return found


def _name_in(event: AnyEvent, context: Context) -> str:
    """The Home Agent's name that a query or answer is about; empty if it is about none."""
    discovery = discovery_of(context)
    if discovery is None or discovery.unsure:
        return ""
    known = {name for name, _ in discovery.lookups}
    names = [q.name for q in discovery.questions_of(event)]
    return next((n for n in names if folded(n) in known or discovery.told_of(n)), "")


def _is_dual_stack(name: str, addresses: list[Address], context: Context) -> bool:
    """The Home Agent of a name is known to have addresses of both families: from DNS, DHCPv6, or its messages."""
    discovery = discovery_of(context)
    told = discovery.told_of(name) if discovery else None
    given = told.home_agents if told else ()
    if len({address.version for address in (*addresses, *given)}) == 2:
        return True
    return any(context.world.dual_stack.twin(address) is not None for address in (*addresses, *given))


def _given(answers: Answers) -> dict[int, tuple[Address, ...]]:
    return {kind: answer.message.addresses(kind) for kind, answer in answers.items()}


def _completes(event: AnyEvent, context: Context) -> bool:
    """An answer after which both types are answered, for a Home Agent that is known to have both."""
    discovery, name = discovery_of(context), _name_in(event, context)
    if discovery is None or not _answered_types(event, name, discovery):
        return False
    answers = _answers_with(event, name, discovery)
    addresses = [a for found in _given(answers).values() for a in found]
    return len(answers) == 2 and _is_dual_stack(name, addresses, context)


@check("NET-5.1.2.1.5-06", on=Kind.DNS, when=_completes)
def dual_stack_home_agent_half_in_dns(event: DnsEvent, context: Context) -> Outcome:
    """A UE takes the first address it is given; one that is missing keeps it away from accesses of that family."""
    discovery, name = discovery_of(context), _name_in(event, context)
    assert discovery is not None
    return _one_of_each(name, _answers_with(event, name, discovery))


def _one_of_each(name: str, answers: Answers, related: tuple[int, ...] = ()) -> Outcome:
    open_ends = []
    for kind, answer in answers.items():
        found = answer.message.addresses(kind)
        if len(found) == 1:
            continue
        doubt = unreadable(answer) or _truncated(answer)
        if doubt:
            open_ends.append(doubt)
            continue
        code = f" ({named(answer.message.rcode, Rcode, 'response code')})" if answer.message.rcode else ""
        frames = tuple(other.frame for other in answers.values() if other is not answer)
        return failed(
            expected=f"{ONE_OF_EACH} of {quoted(name)}",
            observed=f"{len(found) or 'no'} {RecordType(kind).name} records{code}: {shown(found)}",
            related=(*frames, *related),
            frame=answer.frame,
            at=answer.at,
        )
    return inconclusive(open_ends[0]) if open_ends else PASSED


def _truncated(answer: DnsEvent) -> str:
    return f"the answer in frame {answer.frame} did not fit and goes on over TCP" if answer.message.is_truncated else ""


# No answer at all


def _asks_the_second_type(event: AnyEvent, context: Context) -> bool:
    """Both types are asked for now, of a Home Agent that is known to have both."""
    discovery, name = discovery_of(context), _name_in(event, context)
    if context.role is not Role.UE or discovery is None:
        return False
    before = {kind for kind in BOTH_TYPES if discovery.lookup(name, kind)}
    now = asked_types(event, name)
    return bool(now - before) and now | before == set(BOTH_TYPES) and _is_dual_stack(name, [], context)


@obligation(
    "NET-5.1.2.1.5-06",
    on=Kind.DNS,
    when=_asks_the_second_type,
    met_by=Kind.DNS,
    expected="answers with one AAAA and one A record of the HA's name",
)
def no_answer_from_dns(query: DnsEvent, event: DnsEvent, context: Context) -> bool:
    """A UE takes the first address it is given; one that is missing keeps it away from accesses of that family."""
    discovery, name = discovery_of(context), _name_in(event, context)
    if discovery is None or not asked_types(query, name):
        return False
    return len(_answers_with(event, name, discovery)) == 2


# The Home Agent shows later that it has both


def _shows_both(event: AnyEvent, context: Context) -> bool:
    return shows_both_families(event, context) and bool(_half_answered(event, context))


def _half_answered(event: AnyEvent, context: Context) -> str:
    """The name that led to one of the Home Agent's addresses, while the other type was asked for and not given.

    Nothing told then that there are two, or the answer was judged when it came.
    """
    discovery, ends = discovery_of(context), event.message.addressing
    if discovery is None or discovery.unsure:
        return ""
    both, known = {ends.outer_source.address, ends.source}, context.world.dual_stack
    for name, _ in discovery.lookups:
        answers = _stored(name, discovery)
        given = [a for found in _given(answers).values() for a in found]
        if len(answers) < 2 or len({a.version for a in given}) != 1 or not both.intersection(given):
            continue
        if not known.was_known(given[0], max(answer.frame for answer in answers.values())):
            return name
    return ""


def _stored(name: str, discovery: Discovery) -> Answers:
    lookups = {kind: discovery.lookup(name, kind) for kind in BOTH_TYPES}
    return {kind: x.answer for kind, x in lookups.items() if x is not None and x.answer is not None}


@check("NET-5.1.2.1.5-06", on=Kind.BINDING_ACK, when=_shows_both, maybe=never)
def dual_stack_home_agent_was_half_in_dns(event: AnyEvent, context: Context) -> Outcome:
    """A UE takes the first address it is given; one that is missing keeps it away from accesses of that family."""
    discovery, name = discovery_of(context), _half_answered(event, context)
    assert discovery is not None
    return _one_of_each(name, _stored(name, discovery), (event.frame,))


# Where IKE goes


def _starts_after_discovery(event: AnyEvent, context: Context) -> bool:
    discovery = discovery_of(context)
    return discovery is not None and starts_ike(event, context) and bool(discovery.produced())


@check("UE-5.1.2.1.5-07", on=Kind.IKE_SA_INIT_REQUEST, when=_starts_after_discovery)
def ike_to_an_address_not_discovered(event: IkeEvent, context: Context) -> Outcome:
    """The network sends each UE to the Home Agent that has room for it; another one may refuse it or be far away."""
    discovery, there = discovery_of(context), event.destination.address
    assert discovery is not None
    produced = discovery.produced()
    if there in produced or event.message.notify(NotifyType.REDIRECTED_FROM) or _is_redirected(context):
        return PASSED
    doubt = _open_ends(discovery)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"IKE_SA_INIT to {' or '.join(map(str, produced))}",
        observed=f"IKE_SA_INIT to {there}",
        related=tuple(dict.fromkeys(produced.values())),
    )


def _is_redirected(context: Context) -> bool:
    return any(sa.redirect is not None for sa in context.session.ike_sas[-8:])


def _open_ends(discovery: Discovery) -> str:
    """Why discovery may have produced more than was read."""
    if discovery.unsure:
        return OTHERS_QUERY
    if discovery.unread:
        return UNREAD.format(discovery.unread)
    for lookup in discovery.lookups.values():
        if lookup.answer is None:
            return f"the answer to the query in frame {lookup.query.frame} was not captured"
        doubt = unreadable(lookup.answer) or _truncated(lookup.answer)
        if doubt:
            return doubt
    return next((doubt for doubt in (unreadable(told.event) for told in discovery.replies) if doubt), "")
