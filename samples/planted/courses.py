"""Courses that only faults take."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

from dissectors.scapy_layers.flows import MipFlowSummary, ipv6_selector
from samples.courses import (
    CHAT,
    CORRESPONDENT,
    CORRESPONDENT_IPV4,
    OTHER_HA,
    QUIET,
    TARGET,
    VIDEO,
    attached,
    left,
    used,
)
from samples.generator.attach import Attach
from samples.generator.bindings import ANY_IPV4, binding_identifier, flow
from samples.generator.configuration import ask_parameters
from samples.generator.frames import icmpv6
from samples.generator.knobs import IPV4_HOME_ADDRESS
from samples.generator.milenage import Subscription
from samples.generator.mobile import Mobile
from samples.generator.network import HOME_LINK, IPV4_ACCESS, IPV6_ACCESS, SECOND_INTERFACE

NEIGHBOR_SOLICITATION = 135
LONG = 130
"""Seconds: longer than the refresh time of a NAT Detection option."""


def silent(attach: Attach) -> None:
    """The SAs are there, and the UE does not register."""
    mobile = attached(attach)
    mobile.wire.idle(QUIET)
    attach.leave()
    mobile.wire.idle(QUIET)


def too_early(attach: Attach) -> None:
    """The UE registers on the first CHILD SA, before it makes one for its Home Address."""
    attach.wire.router_advertisement()
    attach.wire.wait(0.4)
    attach.init()
    attach.authenticate()
    attach.mobility = attach.tunnel
    mobile = Mobile(attach)
    mobile.begin()
    attach.protect_mobility()
    used(mobile, "data")
    attach.wire.idle(5)
    left(mobile)


def registered_at_home(attach: Attach) -> None:
    """The UE has come to its home link before it ever registered, and registers there."""
    mobile = attached(attach)
    mobile.move(HOME_LINK)
    attach.wire.router_advertisement()
    attach.wire.wait(0.3)
    mobile.begin()
    attach.wire.idle(QUIET)


def kept_away(attach: Attach) -> None:
    """The UE comes home and does not de-register."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "away", 1)
    attach.wire.idle(5)
    mobile.move(HOME_LINK)
    attach.wire.mark("home advertised")
    attach.wire.router_advertisement()
    attach.wire.idle(QUIET)


def ipv4_first(attach: Attach) -> None:
    """The link gives addresses of both kinds, and the UE registers the IPv4 one."""
    mobile = attached(attach)
    mobile.move(IPV4_ACCESS)
    attach.wire.dns_query("time.example.net")
    mobile.begin()
    used(mobile, "data")
    attach.wire.idle(5)
    left(mobile)


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


def ipv4_without_leave(attach: Attach) -> None:
    """The UE sends IPv4 data though it has no IPv4 Home Address."""
    mobile = attached(attach)
    mobile.begin()
    mobile.talk("data", CORRESPONDENT, 1)
    mobile.ipv4_home = IPV4_HOME_ADDRESS
    mobile.talk("data IPv4", CORRESPONDENT_IPV4, 1)
    attach.wire.idle(5)
    left(mobile)


def ipv4_asked_for_again(attach: Attach) -> None:
    """The UE asks for an IPv4 Home Address once more, though there are none."""
    mobile = attached(attach)
    mobile.begin()
    attach.wire.idle(5)
    mobile.register(ipv4=ANY_IPV4)
    attach.wire.idle(5)
    left(mobile)


def refreshed_once(attach: Attach) -> None:
    """A registration and a refresh."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "data", 1)
    attach.wire.idle(6)
    mobile.refresh()
    used(mobile, "later", 1)
    attach.wire.idle(5)
    left(mobile)


def long_pause(attach: Attach) -> None:
    """Nothing goes through the tunnel for longer than the NAT keeps its mapping."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "data", 1)
    attach.wire.idle(LONG)
    used(mobile, "later", 1)
    attach.wire.idle(5)
    left(mobile)


def haunted(attach: Attach) -> None:
    """After the de-registration the HA still tunnels IPv4 packets."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "data", 1)
    tunnel = mobile.tunnel
    attach.wire.idle(5)
    mobile.deregister()
    attach.wire.wait(5)
    mobile.talk("ghost", CORRESPONDENT_IPV4, 2, via=tunnel)
    attach.wire.idle(3)
    attach.leave()
    attach.wire.idle(QUIET)


def checked_for_duplicates(attach: Attach) -> None:
    """The home link is in the capture, and the HA looks there for another owner of the Home Address."""
    mobile = attached(attach)
    mobile.begin()
    home = attach.home_address
    group = IPv6Address(int(IPv6Address("ff02::1:ff00:0")) | (int(home) & 0xFFFFFF))
    attach.wire.mark("DAD")
    probe = icmpv6(IPv6Address(0), group, NEIGHBOR_SOLICITATION, bytes(4) + home.packed, hops=255)
    attach.wire.put(probe, to_ue=True)
    used(mobile, "away", 1)
    attach.wire.idle(5)
    mobile.move(HOME_LINK)
    attach.wire.router_advertisement()
    attach.wire.wait(0.3)
    mobile.deregister()
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


def unanswered(attach: Attach) -> None:
    """No Acknowledgement ever shows, and the UE gives up."""
    mobile = attached(attach)
    mobile.begin()
    attach.wire.idle(QUIET)
    attach.leave()
    attach.wire.idle(QUIET)


def asked_outside(attach: Attach) -> None:
    """A registered UE asks a DHCPv6 server of the home network from its care-of address, outside the tunnel."""
    mobile, wire = attached(attach), attach.wire
    mobile.begin()
    mobile.talk("data", CORRESPONDENT, 1)
    care_of, agent = IPV6_ACCESS.ue, attach.ha.knobs.address
    assert isinstance(care_of, IPv6Address)
    request, answer = ask_parameters(care_of, agent, wire.rng.randrange(1 << 24), to=agent)
    wire.mark("parameters up")
    wire.put(request, to_ue=False)
    wire.answer_time(to_ue=True)
    wire.put(answer, to_ue=True)
    wire.idle(5)
    left(mobile)


def without_own_sa(attach: Attach) -> None:
    """IKE_AUTH ends with a prefix, and no SA for the Home Address follows."""
    attach.wire.router_advertisement()
    attach.wire.wait(0.4)
    attach.init()
    attach.authenticate()
    attach.wire.idle(QUIET)
    attach.leave()
    attach.wire.idle(QUIET)


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
