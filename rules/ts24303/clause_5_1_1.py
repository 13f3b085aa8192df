"""Clause 5.1.1: the steps of the initial attach come in their order."""

from __future__ import annotations

from rules.bindings import MobilityEvent
from rules.home_sas import made_for
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.obligations import drops_doubt
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.clause_5_1_2_2_home import registers_first, sa_made_unseen, update_ahead_of
from rules.ts24303.places import never
from rules.ts24303.registering import maybe_initial

TWIN = "UE-5.1.2.2-15"
"""The same fault, where it is the missing CREATE_CHILD_SA that is told."""


@check("UE-5.1.1-01", on=Kind.BINDING_UPDATE, when=registers_first, maybe=maybe_initial)
def update_before_its_turn(event: MobilityEvent, context: Context) -> Outcome:
    """An update that comes before the IKE SA or the SA of its Home Address is one that the HA cannot trust."""
    session = context.session
    home = context.home.home_address if context.home else event.message.home_address
    if not session.ike_sas or session.ike_sas[0].partial:
        return inconclusive("the start of this session was not captured")
    if next(made_for(session, home), None) is not None:
        return PASSED
    doubt = sa_made_unseen(event, context) or drops_doubt(context.world.evidence)
    if not session.established:
        sa = session.ike_sas[-1]
        doubt = doubt or _unread(sa)
        expected, observed = "the Binding Update after IKE_AUTH has ended", f"IKE SA: {sa.state.value}"
    else:
        expected = f"the Binding Update after CREATE_CHILD_SA for Home Address {home}"
        observed = f"no such CREATE_CHILD_SA before it (told as {TWIN} too)"
    if doubt:
        return inconclusive(doubt)
    return failed(expected=expected, observed=observed, related=_last_step(session.ike_sas[-1]))


def _makes_sa_too_late(event: AnyEvent, context: Context) -> bool:
    return update_ahead_of(event, context) is not None


@check("UE-5.1.1-01", on=Kind.CREATE_CHILD_SA_RESPONSE, when=_makes_sa_too_late, maybe=never)
def update_on_an_sa_to_come(event: IkeEvent, context: Context) -> Outcome:
    """An update that comes before the IKE SA or the SA of its Home Address is one that the HA cannot trust."""
    update = update_ahead_of(event, context)
    assert update is not None
    return failed(
        expected=f"the Binding Update after CREATE_CHILD_SA for Home Address {update.message.home_address}",
        observed=f"it comes on SPI 0x{update.message.spi:08x}, which frame {event.frame} agrees on "
        f"(told as {TWIN} too)",
        related=(event.frame,),
        frame=update.frame,
        at=update.at,
    )


def _unread(sa: IkeSa) -> str:
    """Why IKE_AUTH may have ended although no message shows it."""
    if any(sa.sealed.values()):
        return "the end of IKE_AUTH may be in a message that stays closed"
    asked, answered = sa.auth_requests, sa.auth_responses
    if asked and len(answered) < len(asked):
        return f"the answer to IKE_AUTH in frame {asked[-1].frame} was not captured or is still to come"
    return ""


def _last_step(sa: IkeSa) -> tuple[int, ...]:
    answered = sa.auth_responses[-1] if sa.auth_responses else sa.init_response
    last = sa.established or answered or sa.init_request
    return (last.frame,) if last is not None else ()
