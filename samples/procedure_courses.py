"""Courses of the rarer procedures, in all of which nobody does anything wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv6Address

from dissectors.scapy_layers.flows import MipFlowSummary, ipv6_selector
from samples.courses import CHAT, CORRESPONDENT, QUIET, VIDEO, attached, flows_moved, left, used
from samples.generator.attach import Attach
from samples.generator.bindings import binding_identifier, flow
from samples.generator.codes import Exchange, Notice
from samples.generator.eap_aka import failure
from samples.generator.frames import icmpv6
from samples.generator.gtp import Container, connect, home_network_prefix
from samples.generator.mobile import Mobile
from samples.generator.network import HOME_LINK, IPV4_NAT_ACCESS, IPV6_ACCESS, SECOND_INTERFACE
from samples.generator.payloads import Payload, eap, notify
from samples.generator.rekey import rekey_ike, rekey_mobility
from samples.generator.second_auth import authenticate_twice

NEIGHBOR_SOLICITATION = 135
PRIVATE_PAYLOAD = 200
"""A payload type of the range for private use (RFC 7296 section 3.2)."""
REMAPPED = replace(IPV4_NAT_ACCESS, mapped_ports=(41500, 41001), mapped_tunnel_port=41191)
"""The same NAT after it has forgotten its mappings."""
ASKED_BY_IFOM_UE = (Container.HOME_AGENT_ADDRESS, Container.HOME_NETWORK_PREFIX, Container.IFOM_SUPPORT)


def two_authentications(attach: Attach) -> None:
    """EAP-AKA, then a second authentication with an external AAA server; registered and left."""
    attach.wire.router_advertisement()
    attach.wire.wait(0.4)
    attach.init()
    authenticate_twice(attach)
    attach.protect_mobility()
    mobile = Mobile(attach)
    mobile.begin()
    used(mobile, "data", 1)
    attach.wire.idle(3)
    left(mobile)


def rekeyed(attach: Attach) -> None:
    """The SA for Binding Updates twice anew, without and with forward secrecy, then the IKE SA; the binding stays."""
    mobile, wire = attached(attach), attach.wire
    mobile.begin()
    used(mobile, "data", 1)
    wire.idle(5)
    rekey_mobility(attach)
    wire.wait(1)
    mobile.refresh()
    used(mobile, "later", 1)
    wire.idle(5)
    rekey_mobility(attach, forward_secrecy=True)
    wire.wait(1)
    mobile.refresh()
    wire.idle(5)
    rekey_ike(attach)
    wire.wait(1)
    attach.probe()
    mobile.refresh()
    used(mobile, "last", 1)
    wire.idle(3)
    left(mobile)


def at_home(attach: Attach) -> None:
    """The UE attaches from its home link, sees the home prefix advertised, and never registers."""
    attach.wire.wait(0.4)
    attach.init()
    attach.authenticate()
    attach.protect_mobility()
    attach.wire.wait(0.3)
    attach.wire.router_advertisement()
    mobile = Mobile(attach)
    mobile.talk("home", CORRESPONDENT, 2)
    attach.wire.idle(QUIET)
    attach.leave()
    attach.wire.idle(QUIET)


def rebound(attach: Attach) -> None:
    """The NAT gives the UE other ports; its next Binding Update shows them to the HA."""
    mobile, wire = attached(attach), attach.wire
    mobile.begin()
    used(mobile, "data", 1)
    wire.idle(12)
    mobile.move(REMAPPED)
    mobile.refresh()
    attach.follow()
    used(mobile, "later", 1)
    wire.idle(5)
    left(mobile)


def one_binding_left(attach: Attach) -> None:
    """Two bindings with a flow each; the flow of the second moves to the first, and BID 2 is de-registered."""
    mobile, wire = attached(attach), attach.wire
    video, chat = (ipv6_selector(sport=port, nh=17) for port in (VIDEO, CHAT))
    first, second = binding_identifier(1, 10, IPV6_ACCESS), binding_identifier(2, 20, SECOND_INTERFACE)
    mobile.register(bindings=[first], flows=[flow(1, 10, 1, video)])
    over_ipv6 = mobile.tunnel
    mobile.talk("video", CORRESPONDENT, 1, port=VIDEO, via=over_ipv6)
    mobile.through(SECOND_INTERFACE)
    mobile.register(bindings=[second], flows=[MipFlowSummary(fids=[1]), flow(2, 20, 2, chat)])
    mobile.talk("chat", CORRESPONDENT, 1, port=CHAT)
    mobile.through(IPV6_ACCESS)
    wire.idle(5)
    wire.router_advertisement()
    mobile.register(bindings=[first], flows=[MipFlowSummary(fids=[1]), flow(2, 20, 1)])
    wire.wait(3)
    mobile.through(SECOND_INTERFACE)
    mobile.register(lifetime=0, bindings=[second])
    mobile.through(IPV6_ACCESS)
    wire.wait(3)
    mobile.talk("chat moved", CORRESPONDENT, 1, port=CHAT, via=over_ipv6)
    wire.idle(3)
    left(mobile)


def second_binding_refused(attach: Attach) -> None:
    """The HA refuses BID 2; all data go through BID 1."""
    mobile, wire = attached(attach), attach.wire
    video, chat = (ipv6_selector(sport=port, nh=17) for port in (VIDEO, CHAT))
    mobile.register(bindings=[binding_identifier(1, 10, IPV6_ACCESS)], flows=[flow(1, 10, 1, video)])
    over_ipv6 = mobile.tunnel
    wire.idle(4)
    mobile.through(SECOND_INTERFACE)
    second = binding_identifier(2, 20, SECOND_INTERFACE)
    mobile.register(bindings=[second], flows=[MipFlowSummary(fids=[1]), flow(2, 20, 2, chat)])
    mobile.through(IPV6_ACCESS)
    wire.wait(3)
    mobile.talk("video", CORRESPONDENT, 1, port=VIDEO, via=over_ipv6)
    wire.idle(3)
    left(mobile)


def first_flow_refused(attach: Attach) -> None:
    """The HA refuses FID 1; the next update has FID 2 and nothing of FID 1."""
    mobile, wire = attached(attach), attach.wire
    video, chat = (ipv6_selector(sport=port, nh=17) for port in (VIDEO, CHAT))
    first = binding_identifier(1, 10, IPV6_ACCESS)
    mobile.register(bindings=[first], flows=[flow(1, 10, 1, video)])
    wire.idle(4)
    mobile.register(bindings=[first], flows=[flow(2, 20, 1, chat)])
    mobile.talk("chat", CORRESPONDENT, 1, port=CHAT)
    wire.idle(3)
    left(mobile)


def first_binding_refused(attach: Attach) -> None:
    """The HA refuses the one binding; the UE leaves."""
    mobile = attached(attach)
    mobile.register(bindings=[binding_identifier(1, 10, IPV6_ACCESS)])
    attach.wire.wait(2)
    attach.leave()
    attach.wire.idle(QUIET)


def asked_for_itself(attach: Attach) -> None:
    """Back home and de-registered, the UE asks on the link whether anybody else has its address (RFC 4862)."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "away", 1)
    attach.wire.idle(5)
    mobile.move(HOME_LINK)
    attach.wire.router_advertisement()
    attach.wire.wait(0.3)
    mobile.deregister()
    home = attach.home_address
    group = IPv6Address(int(IPv6Address("ff02::1:ff00:0")) | (int(home) & 0xFFFFFF))
    probe = icmpv6(IPv6Address(0), group, NEIGHBOR_SOLICITATION, bytes(4) + home.packed, hops=255)
    attach.wire.put(probe, to_ue=False)
    attach.wire.idle(QUIET)


def unknown_critical_payload(attach: Attach) -> None:
    """An INFORMATIONAL request with a payload of the private range that is critical; the HA does not know it."""
    mobile = attached(attach)
    mobile.begin()
    attach.wire.idle(3)
    told = notify(Notice.UNSUPPORTED_CRITICAL_PAYLOAD, bytes([PRIVATE_PAYLOAD]))
    attach.trade("own", Exchange.INFORMATIONAL, [Payload(PRIVATE_PAYLOAD, bytes(8), critical=True)], [told])
    left(mobile)


def authentication_failed(attach: Attach) -> None:
    """EAP-Failure after the UE's answer to the challenge; the IKE SA ends there."""
    attach.wire.router_advertisement()
    attach.wire.wait(0.4)
    attach.init()
    attach.ha.edits = {**attach.ha.edits, "IKE_AUTH challenge": lambda _: [eap(failure(2))]}
    attach.prove_by_aka(attach.ue.offer_child(first=True))
    attach.wire.idle(QUIET)


def both_families(attach: Attach) -> None:
    """IKE runs over IPv4; then the link gives an IPv6 address as well, and the UE registers that one."""
    mobile = attached(attach)
    mobile.move(IPV6_ACCESS)
    attach.wire.router_advertisement()
    attach.wire.wait(0.3)
    mobile.begin()
    attach.follow()
    used(mobile, "data", 1)
    attach.wire.idle(3)
    left(mobile)


def refused(attach: Attach) -> None:
    """The HA refuses; the UE does nothing that the refusal forbids, and leaves."""
    mobile = attached(attach)
    mobile.begin()
    attach.wire.wait(2)
    attach.leave()
    attach.wire.idle(QUIET)


def lost_and_repeated(attach: Attach) -> None:
    """A request of the HA gets no answer at first, and is sent again octet by octet; so is the UE's answer."""
    mobile, wire = attached(attach), attach.wire
    mobile.begin()
    used(mobile, "data", 1)
    wire.idle(3)
    message_id, request = attach.ask("probe", Exchange.INFORMATIONAL, [], by_ue=False)
    wire.wait(2)
    wire.ike(request, to_ue=True, port=wire.ports[1])
    wire.answer_time(to_ue=False)
    answer = attach.ue.sealed("probe", Exchange.INFORMATIONAL, message_id, [], response=True)
    wire.ike(answer, to_ue=False, port=wire.ports[1])
    wire.wait(4)
    wire.ike(request, to_ue=True, port=wire.ports[1])
    wire.answer_time(to_ue=False)
    wire.ike(answer, to_ue=False, port=wire.ports[1])
    wire.idle(3)
    left(mobile)


def from_3gpp_access(attach: Attach, *, asked: Sequence[Container] = ASKED_BY_IFOM_UE) -> None:
    """PCO gives the home prefix in a 3GPP access; then the UE goes on from a second access, with IP flow mobility."""
    knobs, given = attach.ue.knobs, [home_network_prefix(attach.ha.knobs.home_prefix)]
    if Container.IFOM_SUPPORT in asked:
        given.append((Container.IFOM_SUPPORT, b""))
    connect(attach.wire, knobs.subscription.imsi, knobs.apn, asked, given)
    attach.wire.idle(12)
    flows_moved(attach)
