"""What happens in which order. A course plays an attach from its first frame to its last."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from dissectors.scapy_layers.flows import MipFlowSummary, ipv6_selector
from samples.generator.attach import Attach
from samples.generator.bindings import binding_identifier, flow
from samples.generator.configuration import ask_parameters, ask_prefix
from samples.generator.discovery import ask_dhcpv6, ha_apn, look_up
from samples.generator.knobs import HOME_AGENT, HOME_AGENT_IPV4, HaKnobs
from samples.generator.mobile import Mobile
from samples.generator.network import HOME_LINK, IPV4_NAT_ACCESS, IPV6_ACCESS, SECOND_INTERFACE
from samples.generator.payloads import Address

OTHER_HA = IPv6Address("2001:db8:ffff::2")
TARGET = HaKnobs(
    names=("ha2.epc.mnc001.mcc001.3gppnetwork.org", "internet"), address=OTHER_HA, gives_pseudonym=False, sqn=0x40
)
QUIET = 42
"""Seconds of other traffic at the end: longer than any deadline, so that nothing stays open for want of capture."""
CORRESPONDENT = IPv6Address("2001:db8:cafe::7")
CORRESPONDENT_IPV4 = IPv4Address("198.51.100.7")
HOME_AGENT_NAME = "ha1.epc.mnc001.mcc001.3gppnetwork.org"
VIDEO, CHAT = 6000, 7000
"""Ports of the correspondent that flows are told by."""


def whole_life(attach: Attach) -> None:
    """Attach, register, use an SA for user data, probe, leave."""
    wire = attach.wire
    wire.router_advertisement()
    wire.dns_query("time.example.net")
    wire.wait(0.4)
    attach.init()
    attach.authenticate()
    attach.protect_mobility()
    Mobile(attach).begin()
    attach.ping(2)
    wire.idle(18)
    if wire.network.behind_nat:
        wire.keepalive()
    attach.probe()
    wire.idle(6)
    attach.leave()
    wire.idle(QUIET)


def redirected_and_lost(attach: Attach) -> None:
    """The UE is sent elsewhere, deletes the SA, and does nothing more."""
    wire = attach.wire
    wire.router_advertisement()
    wire.wait(0.4)
    attach.init()
    attach.authenticate()
    attach.leave()
    wire.idle(QUIET + 30)


def redirected_and_served(attach: Attach) -> None:
    """The UE is sent elsewhere, deletes the SA, attaches and registers there."""
    redirector = attach.wire.network.ha
    attach.wire.router_advertisement()
    attach.wire.wait(0.4)
    attach.init()
    attach.authenticate()
    attach.leave()
    second = attach.follow_redirect(TARGET)
    second.init(redirector)
    second.authenticate()
    second.protect_mobility()
    Mobile(second).begin()
    second.ping(1)
    attach.wire.idle(6)
    second.leave()
    attach.wire.idle(QUIET)


def attached(attach: Attach, *, advertised: bool = True) -> Mobile:
    """IKEv2 from the first message to the SA for Binding Updates; the router tells before that this is not home."""
    if advertised:
        attach.wire.router_advertisement()
        attach.wire.wait(0.4)
    attach.init()
    attach.authenticate()
    attach.protect_mobility()
    return Mobile(attach)


def used(mobile: Mobile, name: str, count: int = 2) -> None:
    """User data of both families, as far as there are home addresses."""
    mobile.talk(name, CORRESPONDENT, count)
    if mobile.ipv4_home:
        mobile.talk(f"{name} IPv4", CORRESPONDENT_IPV4, count)


def left(mobile: Mobile) -> None:
    """De-registration and the end of the IKE SA."""
    mobile.deregister()
    mobile.wire.wait(0.5)
    mobile.attach.leave()
    mobile.wire.idle(QUIET)


def registered_life(attach: Attach, *, linger: float = 5, advertised: bool = True) -> None:
    """Attach, register, use, de-register, leave."""
    mobile = attached(attach, advertised=advertised)
    mobile.begin()
    if mobile.tunnel:
        used(mobile, "data")
    attach.wire.idle(linger)
    left(mobile)


def refreshed(attach: Attach) -> None:
    """The first BA is lost; the UE asks again, later refreshes, and de-registers."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "data", 1)
    attach.wire.idle(24)
    mobile.refresh()
    used(mobile, "later", 1)
    attach.wire.idle(24)
    mobile.refresh()
    used(mobile, "last", 1)
    attach.wire.idle(3)
    left(mobile)


def returned_home(attach: Attach) -> None:
    """The UE comes to its home link, where the router advertises the home prefix, and de-registers from there."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "away", 1)
    attach.wire.idle(5)
    mobile.move(HOME_LINK)
    attach.wire.router_advertisement()
    attach.wire.wait(0.3)
    mobile.deregister()
    mobile.talk("home", CORRESPONDENT, 2)
    attach.wire.idle(QUIET)


def ipv4_refused(attach: Attach) -> None:
    """The HA has no IPv4 Home Addresses left; the UE goes on without and does not ask again."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "data", 1)
    attach.wire.idle(20)
    mobile.refresh()
    used(mobile, "later", 1)
    attach.wire.idle(12)
    left(mobile)


def configured(attach: Attach, *, delegated: str = "2001:db8:1:4000::/56") -> None:
    """Once registered, the UE asks its home network for parameters and for another prefix, through the tunnel."""
    mobile = attached(attach)
    mobile.begin()
    mobile.talk("data", CORRESPONDENT, 1)
    home, agent = attach.home_address, attach.ha.knobs.address
    mobile.through_tunnel("parameters", *ask_parameters(home, agent, attach.wire.rng.randrange(1 << 24)))
    attach.wire.wait(0.2)
    prefix = ask_prefix(home, agent, attach.wire.rng.randrange(1 << 24), IPv6Network(delegated))
    mobile.through_tunnel("prefix", *prefix)
    attach.wire.idle(5)
    left(mobile)


Lookup = tuple[str, Address, int]
"""A name, an address of the family that is asked for, and how many such addresses the answer holds."""
BOTH_FAMILIES: tuple[Lookup, ...] = ((HOME_AGENT_NAME, HOME_AGENT, 1), (HOME_AGENT_NAME, HOME_AGENT_IPV4, 1))


def discovered(
    attach: Attach,
    *,
    agents: Sequence[Address | str] = (HOME_AGENT, HOME_AGENT_IPV4),
    lookups: Sequence[Lookup] = (),
    apn: str | None = "",
) -> None:
    """DHCPv6 tells the HA's addresses, or its name that is then looked up. ``apn`` None names no home network."""
    attach.wire.router_advertisement()
    attach.wire.wait(0.2)
    ask_dhcpv6(attach.wire, None if apn is None else ha_apn(apn or attach.ue.knobs.apn), agents)
    for name, address, count in lookups:
        look_up(attach.wire, name, address, count)
    registered_life(attach)


def handed_over(attach: Attach) -> None:
    """From IPv6 to IPv4 behind a NAT and back; the IKE SA goes along."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "first", 1)
    attach.wire.idle(5)
    mobile.move(IPV4_NAT_ACCESS)
    mobile.refresh()
    attach.follow()
    used(mobile, "second", 1)
    attach.wire.idle(12)
    mobile.move(IPV6_ACCESS)
    attach.wire.router_advertisement()
    attach.wire.wait(0.2)
    mobile.refresh()
    attach.follow()
    used(mobile, "third", 1)
    attach.wire.idle(3)
    left(mobile)


def flows_moved(attach: Attach) -> None:
    """Two bindings, BID 1 over IPv6 and BID 2 over IPv4 behind a NAT; two flows, of which one moves."""
    mobile, wire = attached(attach), attach.wire
    # RFC 6088 looks from the HA towards the UE: the source is the correspondent.
    video, chat = (ipv6_selector(sport=port, nh=17) for port in (VIDEO, CHAT))
    first = binding_identifier(1, 10, IPV6_ACCESS)
    mobile.register(bindings=[first], flows=[flow(1, 10, 1, video)])
    over_ipv6 = mobile.tunnel
    mobile.talk("video", CORRESPONDENT, 1, port=VIDEO, via=over_ipv6)
    wire.idle(4)
    mobile.through(SECOND_INTERFACE)
    second = binding_identifier(2, 20, SECOND_INTERFACE)
    kept = MipFlowSummary(fids=[1])
    mobile.register(bindings=[second], flows=[kept, flow(2, 20, 2, chat)])
    over_ipv4 = mobile.tunnel
    mobile.talk("chat", CORRESPONDENT, 1, port=CHAT, via=over_ipv4)
    mobile.through(IPV6_ACCESS)
    mobile.talk("video again", CORRESPONDENT, 1, port=VIDEO, via=over_ipv6)
    wire.idle(8)
    wire.router_advertisement()
    mobile.register(bindings=[first], flows=[MipFlowSummary(fids=[2]), flow(1, 10, 2)])
    mobile.through(SECOND_INTERFACE)
    mobile.talk("video moved", CORRESPONDENT, 1, port=VIDEO, via=over_ipv4)
    mobile.through(IPV6_ACCESS)
    mobile.talk("other", CORRESPONDENT, 1, via=over_ipv6)
    wire.idle(3)
    left(mobile)
