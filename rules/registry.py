"""One declaration per requirement: a decorator carries the ledger ID and the trigger, the ledger row the rest.

Three shapes cover all. A *check* judges a message in its context. An *obligation* is opened by one event, met by
another, and failed by a deadline. A *prohibition* holds between two events. A rule says what is wrong; what could
not be seen is the engine's business (see :mod:`rules.engine`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeAlias

from dissectors.events import Event
from dissectors.ikev2.registry import NotifyType, PayloadType
from rules.model import Outcome
from rules.session import Context


class Kind(Enum):
    """What can trigger a rule. Every IKE message is also ``IKE``; all ``*_REQUEST`` are ``REQUEST`` and so on.

    ``MOBILITY`` is every Mobility Header. ``TUNNEL_DATA`` is a tunnel segment: user data, summed.
    ``TUNNELLED_PACKET`` is one packet of it, where a registered flow may apply; ``HOME_CONFIGURATION`` is DHCP with the
    home network.
    """

    IKE = auto()
    REQUEST = auto()
    RESPONSE = auto()
    MOBILITY = auto()
    IKE_SA_INIT_REQUEST = auto()
    IKE_SA_INIT_RESPONSE = auto()
    IKE_AUTH_REQUEST = auto()
    IKE_AUTH_RESPONSE = auto()
    CREATE_CHILD_SA_REQUEST = auto()
    CREATE_CHILD_SA_RESPONSE = auto()
    INFORMATIONAL_REQUEST = auto()
    INFORMATIONAL_RESPONSE = auto()
    OTHER_REQUEST = auto()
    OTHER_RESPONSE = auto()
    ESP = auto()
    BINDING_UPDATE = auto()
    BINDING_ACK = auto()
    OTHER_MOBILITY = auto()
    TUNNEL_DATA = auto()
    TUNNELLED_PACKET = auto()
    HOME_CONFIGURATION = auto()
    ROUTER_ADVERTISEMENT = auto()
    NEIGHBOR_SOLICITATION = auto()
    DHCPV6 = auto()
    DHCPV4 = auto()
    DNS = auto()
    PCO = auto()


AnyEvent: TypeAlias = Event[Any]
Guard: TypeAlias = Callable[[AnyEvent, Context], bool]
Judge: TypeAlias = Callable[[AnyEvent, Context], Outcome]
Match: TypeAlias = Callable[[AnyEvent, AnyEvent, Context], bool]
Wording: TypeAlias = Callable[[AnyEvent, Context], tuple[str, str]]
Moment: TypeAlias = Callable[[AnyEvent, Context], int]
Offence: TypeAlias = Callable[[AnyEvent, AnyEvent, Context], Outcome]


Held: TypeAlias = PayloadType | NotifyType


def always(event: AnyEvent, context: Context) -> bool:
    """The guard that lets everything through."""
    return True


@dataclass(frozen=True, slots=True)
class Check:
    """``judge`` says how ``event`` stands, where ``when`` holds.

    ``holding`` names what an open IKE message must have one of for ``when`` to hold: the engine does not ask ``when``
    of the many messages that have none. A notification or payload that could not be read counts as there.

    ``maybe`` is asked instead of ``when`` for a sealed message, of which only the clear header is known: where it
    holds, a rule that needs the inside is inconclusive. ``retransmissions`` lets the rule see them as well.
    ``sealed`` hands sealed messages to ``when`` and ``judge`` like all others (for rules about the sealing itself).
    """

    id: str
    on: tuple[Kind, ...]
    judge: Judge
    when: Guard = always
    maybe: Guard = always
    retransmissions: bool = False
    sealed: bool = False
    holding: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Obligation:
    """``on`` (where ``when`` holds) must be followed by a ``met_by`` that ``match`` accepts, ``within`` a deadline.

    ``void_by`` ends it without a verdict where ``voids`` accepts; where ``clouds`` does, it may have ended unseen and
    cannot fail any more. ``expected`` words what was owed. ``words`` may say it with the trigger's values, and what was
    observed instead, if that is more than nothing.
    ``from_last_copy`` counts the deadline from the last retransmission of the trigger.
    ``across`` offers events of every session as discharge (an answer may open a session of its own).
    ``holding`` is what the trigger must have, as for a check.
    ``until`` gives the deadline in ns since 1970 where a message sets it, and not the profile.
    """

    id: str
    on: tuple[Kind, ...]
    met_by: tuple[Kind, ...]
    within: str
    expected: str
    match: Match
    when: Guard = always
    maybe: Guard = always
    void_by: tuple[Kind, ...] = ()
    voids: Match | None = None
    from_last_copy: bool = True
    across: bool = False
    words: Wording | None = None
    holding: tuple[Held, ...] = ()
    until: Moment | None = None
    clouds: Match | None = None


@dataclass(frozen=True, slots=True)
class Prohibition:
    """From ``opens`` on, an ``offence`` that ``judge`` fails is a violation, until ``closes``.

    ``sealed`` hands sealed messages to the functions like all others. ``holding`` is what the opening must have, as
    for a check.
    """

    id: str
    opens: tuple[Kind, ...]
    offence: tuple[Kind, ...]
    judge: Offence
    when: Guard = always
    maybe: Guard = always
    closes: tuple[Kind, ...] = ()
    closing: Match | None = None
    sealed: bool = False
    holding: tuple[Held, ...] = ()


Rule: TypeAlias = Check | Obligation | Prohibition

RULES: dict[str, list[Rule]] = {}
"""Every rule by ledger ID; a requirement may be declared in more than one shape (each adds its verdicts)."""

DOCS: dict[str, str] = {}
"""Why each requirement matters: the docstring of its function."""


def _declare(rule: Rule, judge: Callable[..., object]) -> None:
    RULES.setdefault(rule.id, []).append(rule)
    if judge.__doc__:
        DOCS.setdefault(rule.id, judge.__doc__)


def _kinds(kinds: Kind | tuple[Kind, ...]) -> tuple[Kind, ...]:
    return kinds if isinstance(kinds, tuple) else (kinds,)


def _held(holding: Held | tuple[Held, ...]) -> tuple[Held, ...]:
    return holding if isinstance(holding, tuple) else (holding,)


def check(
    rule: str,
    *,
    on: Kind | tuple[Kind, ...],
    when: Guard = always,
    maybe: Guard = always,
    retransmissions: bool = False,
    sealed: bool = False,
    holding: Held | tuple[Held, ...] = (),
) -> Callable[[Judge], Judge]:
    """Declares a check; see :class:`Check`."""

    def declare(judge: Judge) -> Judge:
        _declare(Check(rule, _kinds(on), judge, when, maybe, retransmissions, sealed, _held(holding)), judge)
        return judge

    return declare


def obligation(
    rule: str,
    *,
    on: Kind | tuple[Kind, ...],
    met_by: Kind | tuple[Kind, ...],
    expected: str,
    within: str = "default",
    when: Guard = always,
    maybe: Guard = always,
    void_by: Kind | tuple[Kind, ...] = (),
    voids: Match | None = None,
    from_last_copy: bool = True,
    across: bool = False,
    words: Wording | None = None,
    holding: Held | tuple[Held, ...] = (),
    until: Moment | None = None,
    clouds: Match | None = None,
) -> Callable[[Match], Match]:
    """Declares an obligation; the function tells which answer belongs to which trigger. See :class:`Obligation`."""

    def declare(match: Match) -> Match:
        owed = Obligation(
            rule,
            _kinds(on),
            _kinds(met_by),
            within,
            expected,
            match,
            when,
            maybe,
            _kinds(void_by),
            voids,
            from_last_copy,
            across,
            words,
            _held(holding),
            until,
            clouds,
        )
        _declare(owed, match)
        return match

    return declare


def prohibition(
    rule: str,
    *,
    opens: Kind | tuple[Kind, ...],
    offence: Kind | tuple[Kind, ...],
    when: Guard = always,
    maybe: Guard = always,
    closes: Kind | tuple[Kind, ...] = (),
    closing: Match | None = None,
    sealed: bool = False,
    holding: Held | tuple[Held, ...] = (),
) -> Callable[[Offence], Offence]:
    """Declares a prohibition; the function judges a possible offence. See :class:`Prohibition`."""

    def declare(judge: Offence) -> Offence:
        ban = Prohibition(
            rule,
            _kinds(opens),
            _kinds(offence),
            judge,
            when,
            maybe,
            _kinds(closes),
            closing,
            sealed,
            _held(holding),
        )
        _declare(ban, judge)
        return judge

    return declare
