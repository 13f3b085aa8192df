"""Clause 5.1.2.4: how the UE asks for an IPv4 Home Address in its initial Binding Update, over IPv6 and over IPv4."""

from __future__ import annotations

from ipaddress import IPv4Address

from dissectors.ikev2.registry import NotifyType
from dissectors.mobility.messages import BindingUpdate
from dissectors.mobility.options import Ipv4HomeAddress
from rules.bindings import MobilityEvent
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.registering import is_initial_from_ipv4, is_initial_from_ipv6, maybe_initial_over, of_initial

LOOK_BACK = 8


def _asks_over_ipv6(event: AnyEvent, context: Context) -> bool:
    return is_initial_from_ipv6(event, context) and event.message.option(Ipv4HomeAddress) is not None


def _asks_over_ipv4(event: AnyEvent, context: Context) -> bool:
    return is_initial_from_ipv4(event, context) and event.message.option(Ipv4HomeAddress) is not None


@check("UE-5.1.2.4-05", on=Kind.BINDING_UPDATE, when=_asks_over_ipv6, maybe=maybe_initial_over(6))
@check("UE-5.1.2.4-16", on=Kind.BINDING_UPDATE, when=_asks_over_ipv4, maybe=maybe_initial_over(4))
def ipv4_home_address_of_its_own_choice(event: MobilityEvent, context: Context) -> Outcome:
    """An address that the HA did not give may be another UE's; the HA refuses it, and the UE has no IPv4."""
    option = event.message.option(Ipv4HomeAddress)
    assert option is not None
    if option.asks_for_any or _was_given(option.address, context):
        return PASSED
    doubt = _may_have_been_given(context)
    if doubt:
        return inconclusive(f"{option.address} may have been assigned before: {doubt}")
    return of_initial(
        failed(
            expected="0.0.0.0 in the IPv4 Home Address option: no IPv4 Home Address was assigned before",
            observed=f"{option.address} in the IPv4 Home Address option",
        ),
        context,
    )


def _was_given(address: IPv4Address, context: Context) -> bool:
    """To this UE, in this session or in an earlier one of the same identity."""
    own = context.session
    holders = context.world.ipv4_home_addresses.get(address, ())
    return any(other is own or (own.identity and other.identity == own.identity) for other, _ in holders)


def _may_have_been_given(context: Context) -> str:
    if context.profile.first_attach is False:
        return "the profile says that this is not the first attach"
    sas = context.session.ike_sas[-LOOK_BACK:]
    requests = (request for sa in sas for request in sa.auth_requests)
    named = next((r for r in requests if r.message.notify(NotifyType.PDN_IDENTIFIER)), None)
    if named is not None and context.profile.first_attach is None:
        return f"the UE had this PDN connection in another access (N(PDN_IDENTIFIER) in frame {named.frame})"
    waiting = _asked_without_answer(context)
    return f"the answer to the update in frame {waiting.frame} was not seen" if waiting is not None else ""


def _asked_without_answer(context: Context) -> MobilityEvent | None:
    """An update to which the HA may have given an address unseen: a sealed or lost acknowledgement."""
    waiting = context.home.waiting.values() if context.home else ()
    return next((update for update in waiting if _asks(update)), None)


def _asks(update: MobilityEvent) -> bool:
    option, message = update.message.option(Ipv4HomeAddress), update.message.message
    registers = isinstance(message, BindingUpdate) and not message.is_deregistration
    return registers and option is not None and option.asks_for_any
