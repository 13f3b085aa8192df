"""Clause 5.1.2.3: on its home link a UE makes no binding, and gives back the one it has.

A link is the home link if a router advertises the home prefix there. That a Binding Update leaves by it shows in its
care-of address, which lies in that prefix or in another one of the same advertisement.
"""

from __future__ import annotations

from dissectors.mobility.messages import BindingUpdate
from dissectors.mobility.options import BindingIdentifier
from rules.advertisements import Advertised
from rules.bindings import MobilityEvent
from rules.home_links import home_links, home_prefix_in, is_home_prefix, is_of_home_link
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check, obligation, prohibition
from rules.session import Context
from rules.ts24303.places import never
from rules.ts24303.registering import late_start, registers, sends_to_home_agent, update_in

# The home link


def _leaves_by_home_link(event: MobilityEvent, context: Context) -> bool:
    return is_of_home_link(context.session, event.message.care_of_address, event.at)


# At home without a binding


def _is_home_link(event: AnyEvent, context: Context) -> bool:
    """The home prefix is advertised, and was not before."""
    session = context.session
    return home_prefix_in(event, session) is not None and not home_links(session, event.at)


def _withdraws(opening: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """The home prefix is taken back: the link is not the home link any more."""
    gone = [p for p in event.message.prefixes if not p.valid_lifetime]
    return any(is_home_prefix(p, context.session.home_prefixes) for p in gone)


@prohibition(
    "UE-5.1.2.3-02",
    opens=Kind.ROUTER_ADVERTISEMENT,
    when=_is_home_link,
    maybe=never,
    offence=Kind.BINDING_UPDATE,
    closes=Kind.ROUTER_ADVERTISEMENT,
    closing=_withdraws,
)
def update_from_home_link(advertised: AnyEvent, event: MobilityEvent, context: Context) -> Outcome:
    """At home packets reach the UE without a tunnel; a binding would send them astray."""
    return _judge_at_home(event, context, advertised.frame)


def _judge_at_home(event: MobilityEvent, context: Context, advertised: int) -> Outcome:
    if not sends_to_home_agent(event, context) or not _leaves_by_home_link(event, context):
        return PASSED
    if _has_entry(event, context):
        return PASSED
    doubt = late_start(context)
    if doubt:
        return inconclusive(doubt)
    return failed(
        expected=f"no Binding Update: the home prefix is advertised on the link (frame {advertised}), nothing is bound",
        observed=f"one from {event.message.care_of_address} with lifetime {4 * update_in(event).lifetime} s",
        related=(advertised,),
    )


def _has_entry(event: MobilityEvent, context: Context) -> bool:
    """A Binding Update List entry: from an update for which an answer is awaited on (RFC 6275 section 11.1)."""
    home = context.home
    if home is None:
        return False
    waiting = (update.message.message for update in home.waiting.values())
    asked = any(isinstance(m, BindingUpdate) and not m.is_deregistration for m in waiting)
    return home.is_registered(event.at) or (asked and not update_in(event).lifetime)


def _was_home_before(event: AnyEvent, context: Context) -> bool:
    """The UE was on its home link when the session was not known yet: no prohibition is in force."""
    return sends_to_home_agent(event, context) and _advertised_before_grant(event, context) is not None


def _advertised_before_grant(event: AnyEvent, context: Context) -> Advertised | None:
    session = context.session
    for link in home_links(session, event.at):
        grant = next((g for g in session.home_prefixes if is_home_prefix(link.prefix, [g])), None)
        if grant is not None and link.first.frame < grant.frame:
            return link
    return None


@check("UE-5.1.2.3-02", on=Kind.BINDING_UPDATE, when=_was_home_before, maybe=never)
def update_from_known_home_link(event: MobilityEvent, context: Context) -> Outcome:
    """At home packets reach the UE without a tunnel; a binding would send them astray."""
    link = _advertised_before_grant(event, context)
    assert link is not None
    return _judge_at_home(event, context, link.first.frame)


# Back home with a binding


def _returns(event: AnyEvent, context: Context) -> bool:
    """The home prefix is advertised for the first time since the binding was made, which is the only one."""
    session = context.session
    if home_prefix_in(event, session) is None:
        return False
    made = [b for home in session.homes.values() for b in home.alive(event.at)]
    if not made or any(binding.binding_id for binding in made):
        return False
    since = max(binding.since.at for binding in made)
    return all(link.last.at < since for link in home_links(session, event.at))


def _keeps_both(event: MobilityEvent) -> bool:
    """Bindings at home and away at once: RFC 5648 section 5.6.1."""
    return any(option.simultaneous for option in event.message.options_of(BindingIdentifier))


def _deregistration_words(event: AnyEvent, context: Context) -> tuple[str, str]:
    prefix = home_prefix_in(event, context.session)
    return f"a Binding Update with lifetime 0: {prefix} is the home prefix", ""


def _goes_on(advertised: AnyEvent, event: MobilityEvent, context: Context) -> bool:
    """The UE registers: from home, which a check judges, or from another link to which it has gone."""
    if not registers(event, context) or context.home is None:
        return False
    known = {binding.care_of_address for binding in context.home.bindings.values()}
    return _leaves_by_home_link(event, context) or event.message.care_of_address not in known


@obligation(
    "UE-5.1.2.3-03",
    on=Kind.ROUTER_ADVERTISEMENT,
    when=_returns,
    met_by=Kind.BINDING_UPDATE,
    expected="a Binding Update with lifetime 0",
    words=_deregistration_words,
    void_by=Kind.BINDING_UPDATE,
    voids=_goes_on,
)
def binding_kept_at_home(advertised: AnyEvent, event: MobilityEvent, context: Context) -> bool:
    """The HA goes on tunnelling to where the UE was, while the UE is on the link that its packets arrive at."""
    return sends_to_home_agent(event, context) and not registers(event, context)


def _registers_at_home(event: AnyEvent, context: Context) -> bool:
    """A binding is in force and the UE, on its home link, asks for one from there."""
    if not registers(event, context) or not _leaves_by_home_link(event, context) or context.home is None:
        return False
    is_bound = context.home.is_registered(event.at) and not _keeps_both(event)
    return is_bound and bool(home_links(context.session, event.at))


@check("UE-5.1.2.3-03", on=Kind.BINDING_UPDATE, when=_registers_at_home, maybe=never)
def binding_renewed_at_home(event: MobilityEvent, context: Context) -> Outcome:
    """The HA goes on tunnelling to where the UE was, while the UE is on the link that its packets arrive at."""
    link = home_links(context.session, event.at)[0]
    return failed(
        expected=f"lifetime 0: the UE is on its home link, as {link.prefix} is advertised (frame {link.last.frame})",
        observed=f"lifetime {4 * update_in(event).lifetime} s from {event.message.care_of_address}",
        related=(link.last.frame,),
    )
