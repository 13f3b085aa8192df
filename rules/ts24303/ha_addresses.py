"""At which addresses a Home Agent is known to be, from what named them before an update was sent there."""

from __future__ import annotations

from collections.abc import Iterator

from dissectors.events import Address
from rules.model import Role
from rules.session import ChildSa, Context

LOOK_BACK = 8
"""IKE SAs, CHILD SAs and acknowledgements that are asked, the newest."""


def home_agent_addresses(context: Context, version: int) -> list[Address]:
    """The Home Agent's addresses of one IP version: from IKE, from selectors, from its own messages, from the profile.

    Where updates were sent to does not count: that is what is to be judged.
    """
    found = dict.fromkeys((*_of_ike(context), *_of_selectors(context), *_of_acks(context), *_of_profile(context)))
    return [address for address in found if address.version == version]


def _of_ike(context: Context) -> Iterator[Address]:
    """A Home Agent that sent the UE away, or let it fail, is not the one to register with."""
    for sa in context.session.ike_sas[-LOOK_BACK:]:
        if sa.redirect is None and sa.failed is None:
            yield (sa.responder if sa.initiator_role is Role.UE else sa.initiator).address


def _of_selectors(context: Context) -> Iterator[Address]:
    own = (context.child,) if context.child else ()
    children = context.session.ike_sas[-1].children[-LOOK_BACK:] if context.session.ike_sas else []
    for child in (*own, *children):
        yield from _single_of_ha(child)


def _single_of_ha(child: ChildSa) -> Iterator[Address]:
    selectors = child.ts_r if child.initiator_role is Role.UE else child.ts_i
    for selector in selectors.selectors if selectors else ():
        if selector.start is not None and selector.start == selector.end:
            yield selector.start


def _of_acks(context: Context) -> Iterator[Address]:
    for ack in context.home.acks[-LOOK_BACK:] if context.home else ():
        yield ack.message.addressing.outer_source.address
        yield ack.message.addressing.source


def _of_profile(context: Context) -> Iterator[Address]:
    yield from (address for address, role in context.profile.roles.items() if role is Role.HA)
