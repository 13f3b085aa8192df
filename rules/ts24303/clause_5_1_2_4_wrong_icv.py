"""Clause 5.1.2.4: data on an acknowledgement whose ICV is wrong, as a later packet of its SA proves.

While no packet of the SA has verified, the key of the key file may be wrong, and then what the acknowledgement said is
not known. A packet that verifies settles it: the UE had no acknowledgement that it could take.
"""

from __future__ import annotations

from rules.base.rfc4303 import first_is_wrong, verifies
from rules.model import PASSED, Outcome, Role, failed
from rules.registry import AnyEvent, Kind, prohibition
from rules.session import Carriage, Context


def _answers_wrongly(event: AnyEvent, context: Context) -> bool:
    """The Home Agent's only answer so far to an update, where nothing is registered."""
    homes = context.session.homes.values()
    if context.role is not Role.HA or not first_is_wrong(event, context):
        return False
    others = [f for f in context.session.esp_flows.values() if f.sender is Role.HA and f is not context.flow]
    if any(flow.last is not None and flow.last.message.sealed is not None for flow in others):
        return False
    return any(home.waiting for home in homes) and not any(home.acks for home in homes)


def _first_data(wrong: AnyEvent, event: AnyEvent, context: Context) -> Carriage | None:
    """What the UE sent first through the tunnel between the two packets, if none was acknowledged meanwhile."""
    if not verifies(wrong, event, context) or any(home.acks for home in context.session.homes.values()):
        return None
    sent = [c for (role, *_), c in context.session.tunnels.items() if role is Role.UE]
    between = [carriage for carriage in sent if wrong.frame < carriage.first_frame < event.frame]
    return min(between, key=lambda carriage: carriage.first_frame, default=None)


def _is_told(wrong: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """Once is enough."""
    return _first_data(wrong, event, context) is not None


@prohibition(
    "UE-5.1.2.4-25",
    opens=Kind.ESP,
    when=_answers_wrongly,
    offence=Kind.ESP,
    closes=Kind.ESP,
    closing=_is_told,
    sealed=True,
)
def data_on_an_unprotected_answer(wrong: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """A UE that takes any acknowledgement for its own lets anyone on the path tell it where it is registered."""
    data = _first_data(wrong, event, context)
    if data is None:
        return PASSED
    return failed(
        expected=f"no data on an acknowledgement that does not verify: the ICV of frame {wrong.frame} is wrong, and "
        f"frame {event.frame} proves the key",
        observed="packets of the UE in the tunnel from here on",
        related=(wrong.frame, event.frame),
        frame=data.first_frame,
        at=data.first_at,
    )
