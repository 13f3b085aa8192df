"""Courses that only faults take."""

from __future__ import annotations

from ipaddress import IPv6Address

from samples.courses import (
    CORRESPONDENT,
    CORRESPONDENT_IPV4,
    QUIET,
    attached,
    left,
    used,
)
from samples.generator.attach import Attach
from samples.generator.bindings import ANY_IPV4
from samples.generator.configuration import ask_parameters
from samples.generator.frames import icmpv6
from samples.generator.knobs import IPV4_HOME_ADDRESS
from samples.generator.mobile import Mobile
from samples.generator.network import HOME_LINK, IPV4_ACCESS, IPV6_ACCESS

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


def two_home_addresses(attach: Attach, *, second: IPv6Address) -> None:
    """The UE has two Home Addresses of its prefix, each with an SA of its own; it registers on the SA of the first."""
    attach.wire.router_advertisement()
    attach.wire.wait(0.4)
    attach.init()
    attach.authenticate()
    attach.protect_mobility(second)
    attach.protect_mobility()
    mobile = Mobile(attach)
    mobile.begin()
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
