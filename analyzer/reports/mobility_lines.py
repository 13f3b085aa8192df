"""What a session registered and what went through its tunnel, in short lines."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.reports.layout import amount, size_text
from dissectors.mobility.flow_text import describe_selector
from dissectors.mobility.messages import BindingAck
from rules.bindings import Binding, Flow, HomeRegistration
from rules.model import Role
from rules.session import Session

MOST_HOMES = 4
MOST_BINDINGS = 8
MOST_FLOWS = 8


def mobility_rows(session: Session) -> Iterator[tuple[str, str]]:
    """Name and text of each row: Home Addresses, bindings, flows, tunnel."""
    for home in list(session.homes.values())[-MOST_HOMES:]:
        yield "HoA", _home(home)
        bindings = [*home.former, *home.bindings.values()]
        for binding in bindings[-MOST_BINDINGS:]:
            yield "binding", binding_line(binding)
        for flow in list(home.flows.values())[-MOST_FLOWS:]:
            yield "flow", flow_line(flow)
    for (role, encapsulation, family), carriage in session.tunnels.items():
        way = "UE → HA" if role is Role.UE else "HA → UE"
        carried = f"{amount(carriage.packets, 'packet')}, {size_text(carriage.bytes)}"
        frames = f"frames {carriage.first_frame} to {carriage.last_frame}"
        yield "tunnel", f"{way}  IPv{family} in {_outside(encapsulation.value)}  {carried}  ({frames})"


def _outside(words: str) -> str:
    """``IPv6 in IPv4`` is IPv4 as far as the outside goes."""
    return words.rpartition(" in ")[2]


def _home(home: HomeRegistration) -> str:
    ipv4 = f"  IPv4 {home.ipv4_granted}" if home.ipv4_granted else ""
    sent = amount(home.update_count, "update")
    return f"{home.home_address}{ipv4}  {sent}, {_standing(home)}"


def _standing(home: HomeRegistration) -> str:
    if home.bindings:
        return "registered"
    if home.former:
        return "de-registered"
    if home.refusal is not None:
        refusal = home.refusal.message.message
        return f"refused with status {refusal.status if isinstance(refusal, BindingAck) else '?'}"
    return "not acknowledged"


def binding_line(binding: Binding) -> str:
    """Care-of address, NAT, lifetime, and what became of it."""
    bid = f"BID {binding.binding_id}  " if binding.binding_id else ""
    nat = f" behind NAT {binding.outer}" if binding.has_nat else ""
    udp = ", data in UDP" if binding.force_udp else ""
    span = f"from frame {binding.since.frame}"
    if binding.refreshes:
        span += f", refreshed {'once' if binding.refreshes == 1 else f'{binding.refreshes} times'}"
    if binding.ended_by is not None:
        span += f" to {binding.ended_by.frame}{_how(binding)}"
    return f"{bid}{binding.care_of_address}{nat}{udp}, {binding.lifetime} s, {span}"


def _how(binding: Binding) -> str:
    lifetime = getattr(binding.ended_by.message.message, "lifetime", None) if binding.ended_by else None
    return ", de-registered" if lifetime == 0 else ""


def flow_line(flow: Flow) -> str:
    """FID, priority, bindings, selector, and whether the HA took it."""
    option = flow.option
    bids = ", ".join(map(str, option.binding_ids)) or "none"
    chosen = "; ".join(map(describe_selector, option.selectors)) or "no selector"
    said = "registered" if flow.is_registered else f"status {flow.status}" if flow.status is not None else "unanswered"
    return f"FID {option.flow_id} priority {option.priority} → BID {bids}  {chosen}  {said}"
