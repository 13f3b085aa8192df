"""Clause 5.1.2.2: the PDN Identifier notify of a UE that was given its home network prefix in a 3GPP access, by PCO."""

from __future__ import annotations

from dissectors.ikev2.notify import PdnIdentifier, pdn_identifier
from dissectors.ikev2.registry import PayloadType
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.pco import PcoConnection
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.clause_5_1_2_2_pdn import is_of, knows_prefix, shown_pdn
from rules.ts24303.pco_connections import connections_of, granted_in_pco
from rules.ts24303.places import is_first_auth, lacking, never, opens_authentication


def _continued(event: AnyEvent, context: Context) -> PcoConnection | None:
    """The newest PDN connection in a 3GPP access, of this UE, APN and HA, that was given a prefix and not released."""
    if context.sa is None or not opens_authentication(event, context) or not is_first_auth(event, context.sa):
        return None
    kept = [c for c in connections_of(event, context) if granted_in_pco(c) is not None and c.released is None]
    return next((c for c in reversed(kept) if _is_at_this_ha(c, event)), None)


def _is_at_this_ha(connection: PcoConnection, event: AnyEvent) -> bool:
    """Where PCO gave addresses of a HA, the IKE SA is with that one."""
    pco = connection.answer.message.pco if connection.answer else None
    agents = pco.home_agents if pco else ()
    return not agents or event.destination.address in agents


def _knows_prefix_from_pco(event: AnyEvent, context: Context) -> bool:
    return _continued(event, context) is not None and not knows_prefix(event, context)


@check("UE-5.1.2.2-17", on=Kind.IKE_AUTH_REQUEST, when=_knows_prefix_from_pco, maybe=never)
def prefix_from_pco_not_told(event: IkeEvent, context: Context) -> Outcome:
    """Without it the HA cannot tell that the IKE SA is for the connection that the UE has in its home network."""
    connection = _continued(event, context)
    grant = granted_in_pco(connection) if connection else None
    assert connection is not None
    assert grant is not None
    expected = f"PDN Identifier with {grant.prefix}/{grant.length}, given by PCO in frame {grant.frame}"
    given = event.message.notify(context.profile.pdn_identifier_notify)
    if given is not None:
        view = pdn_identifier(given)
        if not isinstance(view, PdnIdentifier):
            return inconclusive(f"the PDN Identifier cannot be read: {view}")
        if is_of(view, grant):
            return PASSED
    asked = event.message.identification(initiator=False)
    if connection.apn is None or asked is None:
        return inconclusive(f"whether the PDN connection of frame {grant.frame} is of the same APN does not show")
    if given is None:
        observed = "no PDN Identifier notify"
        return lacking(event, PayloadType.NOTIFY, expected=expected, observed=observed, related=(grant.frame,))
    assert isinstance(view, PdnIdentifier)
    return failed(expected=expected, observed=f"PDN Identifier with {shown_pdn(view)}", related=(grant.frame,))
