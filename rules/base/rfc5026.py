"""RFC 5026 section 8.2: the MIP6_HOME_PREFIX attribute."""

from __future__ import annotations

from dissectors.events import Malformed
from dissectors.ikev2.configuration import HomePrefix, home_prefix
from dissectors.ikev2.registry import AttributeType, CfgType, PayloadType
from rules.contents import configured
from rules.model import PASSED, Outcome, failed
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent

KIND = AttributeType.MIP6_HOME_PREFIX
SHOWN = 24
"""Octets of a value that an outcome shows."""


def _asks(event: AnyEvent, context: Context) -> bool:
    return bool(configured(event.message, CfgType.REQUEST, KIND))


@check("RFC5026-01", on=Kind.IKE_AUTH_REQUEST, when=_asks, holding=PayloadType.CP)
def home_prefix_request_of_another_form(event: IkeEvent, context: Context) -> Outcome:
    """An empty attribute asks for any prefix, a whole one proposes one; the HA can make nothing of anything else."""
    for value in configured(event.message, CfgType.REQUEST, KIND):
        given = home_prefix(value)
        if isinstance(given, Malformed):
            shown = value[:SHOWN].hex() + ("…" if len(value) > SHOWN else "")
            return failed(
                expected="MIP6_HOME_PREFIX empty, or lifetime, prefix and prefix length in 21 octets",
                observed=f"{len(value)} octets: {shown} ({given.reason})",
            )
    return PASSED


def _assigns(event: AnyEvent, context: Context) -> bool:
    return bool(_grants(event))


def _grants(event: IkeEvent) -> list[HomePrefix]:
    views = map(home_prefix, configured(event.message, CfgType.REPLY, KIND))
    return [view for view in views if isinstance(view, HomePrefix)]


@check("RFC5026-01", on=Kind.IKE_AUTH_RESPONSE, when=_assigns, holding=PayloadType.CP)
def home_prefix_that_is_over_at_once(event: IkeEvent, context: Context) -> Outcome:
    """A prefix with no time left is none: the UE may not make a Home Address of it, and has no other."""
    over = next((grant for grant in _grants(event) if grant.lifetime == 0), None)
    if over is None:
        return PASSED
    return failed(
        expected="a prefix lifetime above 0 in CFG_REPLY",
        observed=f"lifetime 0 for {over.prefix}/{over.prefix_length}",
    )
