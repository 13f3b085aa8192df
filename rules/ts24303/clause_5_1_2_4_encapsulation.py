"""Clause 5.1.2.4: in which encapsulation the UE sends data, by its access and the NAT Detection option."""

from __future__ import annotations

from dissectors.mobility.options import NatDetection
from dissectors.tunnels import Encapsulation, TunnelSegment
from rules.bindings import Binding
from rules.model import PASSED, Outcome, Verdict, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check
from rules.session import Context
from rules.ts24303.carrying import (
    IN_IPV4,
    IN_IPV6,
    IN_UDP,
    NEVER,
    binding_at,
    blamed,
    in_what,
    other_way_until,
    sent_by_ue,
    unseen_binding,
    what,
)

NOT_APPLICABLE = Outcome(Verdict.NOT_APPLICABLE)
ESP = Encapsulation.ESP_TUNNEL


def _sends_from_ipv6(event: AnyEvent, context: Context) -> bool:
    return event.message.outer_source.version == 6 and sent_by_ue(event, context)


@check("UE-5.1.2.4-38", on=Kind.TUNNEL_DATA, when=_sends_from_ipv6)
def data_not_in_ipv6(event: AnyEvent, context: Context) -> Outcome:
    """The HA expects data of an IPv6 care-of address right behind an IPv6 header, as RFC 6275 has it."""
    segment = event.message
    if segment.encapsulation in (*IN_IPV6, ESP):
        return PASSED
    return failed(expected=f"IPv{segment.inner_family} in IPv6, from {segment.outer_source}", observed=what(segment))


def _sends_from_ipv4(event: AnyEvent, context: Context) -> bool:
    return event.message.outer_source.version == 4 and sent_by_ue(event, context)


def _binding(event: AnyEvent, context: Context) -> Binding | None:
    return binding_at(context, event.message.outer_source, event.at)


def _unknown(context: Context) -> Outcome:
    """Data from an IPv4 care-of address that nothing on record says how to send."""
    doubt = unseen_binding(context)
    return inconclusive(f"whether the F flag was set is not known: {doubt}") if doubt else NOT_APPLICABLE


@check("UE-5.1.2.4-39", on=Kind.TUNNEL_DATA, when=_sends_from_ipv4)
def data_not_in_udp_behind_nat(event: AnyEvent, context: Context) -> Outcome:
    """A NAT lets through what is in UDP, and the HA looks for the inner header right behind that."""
    segment, binding = event.message, _binding(event, context)
    if binding is None:
        return _unknown(context)
    if not binding.force_udp:
        return NOT_APPLICABLE
    if segment.encapsulation in (Encapsulation.UDP, ESP):
        return PASSED
    return blamed(
        segment,
        other_way_until(binding, context) if segment.encapsulation in IN_IPV4 else NEVER,
        expected="in UDP without a TLV header, as NAT Detection with F = 1 asks for",
        observed=what(segment),
        related=(binding.ack.frame,),
    )


@check("UE-5.1.2.4-40", on=Kind.TUNNEL_DATA, when=_sends_from_ipv4)
def data_in_udp_without_nat(event: AnyEvent, context: Context) -> Outcome:
    """UDP costs 8 bytes of every packet and keeps a state in the path that nobody needs."""
    segment, binding = event.message, _binding(event, context)
    if binding is None:
        return _unknown(context)
    if binding.force_udp:
        return NOT_APPLICABLE
    option = binding.ack.message.option(NatDetection)
    if option is not None and context.profile.prefer == "rfc":
        return _as_rfc_5555_reads(segment, binding)
    if segment.encapsulation not in IN_UDP:
        return PASSED
    told = "NAT Detection with F = 0" if option else "no NAT Detection option"
    rfc = "; RFC 5555 section 4.4.2 would have UDP for the mere option" if option else ""
    return blamed(
        segment,
        other_way_until(binding, context),
        expected=f"IPv{segment.inner_family} in IPv4: the acknowledgement has {told}{rfc}",
        observed=what(segment),
        related=(binding.ack.frame,),
    )


def _as_rfc_5555_reads(segment: TunnelSegment, binding: Binding) -> Outcome:
    """RFC 5555 section 4.4.2 takes the mere option for a call for UDP."""
    if segment.encapsulation in IN_UDP:
        return noted("in UDP, as RFC 5555 section 4.4.2 reads the NAT Detection option; TS 24.303 would not without F")
    return failed(
        expected="in UDP: NAT Detection is there, RFC 5555 section 4.4.2 (TS 24.303 would have IPv4 without F)",
        observed=in_what(segment.encapsulation),
        related=(binding.ack.frame,),
        frame=segment.first_frame,
        at=segment.first_at,
    )
