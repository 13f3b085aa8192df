"""Courses of faults that take two of something: Home Agents, UEs, or bindings."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

from dissectors.scapy_layers.flows import MipFlowSummary, ipv6_selector
from samples.courses import (
    CHAT,
    CORRESPONDENT,
    OTHER_HA,
    QUIET,
    TARGET,
    VIDEO,
    attached,
    left,
    used,
)
from samples.generator.attach import Attach
from samples.generator.bindings import binding_identifier, flow
from samples.generator.knobs import IPV4_HOME_ADDRESS
from samples.generator.milenage import Subscription
from samples.generator.mobile import Mobile
from samples.generator.network import IPV6_ACCESS, SECOND_INTERFACE


def refused(attach: Attach, *, insists: bool, goes_elsewhere: bool) -> None:
    """The HA refuses for good. The UE may ask it again all the same, and may attach at another one."""
    mobile = attached(attach)
    mobile.begin()
    attach.wire.wait(2)
    if insists:
        mobile.begin()
    attach.leave()
    if goes_elsewhere:
        attach.wire.network = replace(attach.wire.network, ha=OTHER_HA)
        ue = replace(attach.ue.knobs, uses_pseudonym=True, signals={}, home_address=None)
        target = replace(TARGET, home_prefix=attach.ha.knobs.home_prefix)
        second = Attach(ue, target, attach.ue.suite, attach.wire, f"{attach.seed}/elsewhere", attach.tables)
        second.init()
        second.authenticate()
        second.protect_mobility()
        second_mobile = Mobile(second)
        second_mobile.updates = mobile.updates
        second_mobile.begin()
    attach.wire.idle(QUIET)


def two_bindings(attach: Attach, *, bindings: int = 2) -> None:
    """BID 1 with FID 1, data of that flow; then BID 2 with FID 2, and data of that one. Or only the first half."""
    mobile, wire = attached(attach), attach.wire
    video, chat = (ipv6_selector(sport=port, nh=17) for port in (VIDEO, CHAT))
    mobile.register(bindings=[binding_identifier(1, 10, IPV6_ACCESS)], flows=[flow(1, 10, 1, video)])
    mobile.talk("video", CORRESPONDENT, 1, port=VIDEO)
    wire.idle(4)
    if bindings > 1:
        mobile.through(SECOND_INTERFACE)
        second = binding_identifier(2, 20, SECOND_INTERFACE)
        mobile.register(bindings=[second], flows=[MipFlowSummary(fids=[1]), flow(2, 20, 2, chat)])
        wire.wait(3)  # beyond what may have been in flight
        mobile.talk("chat", CORRESPONDENT, 1, port=CHAT)
        mobile.through(IPV6_ACCESS)
        wire.idle(4)
    left(mobile)


def one_binding(attach: Attach) -> None:
    """BID 1 with FID 1."""
    two_bindings(attach, bindings=1)


def next_one_served(attach: Attach) -> None:
    """One UE is told that there are no IPv4 Home Addresses; the next one is given one right afterwards."""
    wire, first_access = attach.wire, attach.wire.network
    mobile = attached(attach)
    mobile.begin()
    wire.wait(1)
    wire.network = replace(first_access, ue=IPv6Address("2001:db8:77::a1"), ue_mac=bytes.fromhex("020000000012"))
    other = Subscription("001010123456790", bytes(range(16)), bytes(range(16, 32)))
    ue = replace(attach.ue.knobs, subscription=other)
    ha = replace(attach.ha.knobs, ipv4_home_address=IPV4_HOME_ADDRESS, home_prefix=IPv6Network("2001:db8:1:3::/64"))
    second = Attach(ue, ha, attach.ue.suite, wire, f"{attach.seed}/second", attach.tables)
    neighbour = attached(second)
    neighbour.updates = mobile.updates
    neighbour.begin()
    used(neighbour, "second", 1)
    left(neighbour)
    wire.network = first_access
    left(mobile)
