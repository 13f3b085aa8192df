"""The scenarios: who does what, in which order, and what one of them does wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address

from samples.generator.attach import Attach
from samples.generator.codes import Attribute, AuthMethod
from samples.generator.knobs import DNS_ATTRIBUTES, HaKnobs, UeKnobs
from samples.generator.network import IPV4_NAT_ACCESS, IPV6_ACCESS, Network, Wire
from samples.generator.suites import CBC_SUITE, GCM_SUITE, Suite

OTHER_HA = IPv6Address("2001:db8:ffff::2")
TARGET = HaKnobs(
    names=("ha2.epc.mnc001.mcc001.3gppnetwork.org", "internet"), address=OTHER_HA, gives_pseudonym=False, sqn=0x40
)
QUIET = 42
"""Seconds of other traffic at the end: longer than any deadline, so that nothing stays open for want of capture."""


def whole_life(attach: Attach) -> None:
    """Attach, use, probe, leave."""
    wire = attach.wire
    wire.router_advertisement()
    wire.dns_query("time.example.net")
    wire.wait(0.4)
    attach.init()
    attach.authenticate()
    attach.protect_mobility()
    attach.ping(3)
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
    """The UE is sent elsewhere, deletes the SA, and attaches there."""
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
    second.ping(2)
    attach.wire.idle(6)
    second.leave()
    attach.wire.idle(QUIET)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A capture that can be made again. The name is the seed, and the folder."""

    name: str
    title: str
    ue: UeKnobs = field(default_factory=UeKnobs)
    ha: HaKnobs = field(default_factory=HaKnobs)
    network: Network = IPV6_ACCESS
    suite: Suite = CBC_SUITE
    course: Callable[[Attach], None] = whole_life

    def play(self) -> Attach:
        """Runs it; the wire of the result holds the frames, its tables the keys."""
        wire = Wire(self.network, random.Random(f"{self.name}/wire"))
        attach = Attach(self.ue, self.ha, self.suite, wire, self.name)
        self.course(attach)
        return attach


_ALL = (
    Scenario("attach-clean", "an attach over IPv6 with EAP-AKA in which nobody does anything wrong"),
    Scenario(
        "attach-clean-ipv4",
        "the same over IPv4 behind a NAT: port 4500, ESP in UDP, AES-GCM, fragmented IKE messages",
        ha=HaKnobs(fragment_size=576),
        network=IPV4_NAT_ACCESS,
        suite=GCM_SUITE,
    ),
    Scenario(
        "attach-redirected",
        "the HA redirects the UE in IKE_AUTH, and the UE attaches at the target",
        ha=HaKnobs(redirects_to=OTHER_HA),
        course=redirected_and_served,
    ),
    Scenario(
        "attach-no-home-prefix",
        "the UE asks for an address as any VPN client would, and not for a home network prefix",
        ue=UeKnobs(asks_for=(Attribute.INTERNAL_IP6_ADDRESS, *DNS_ATTRIBUTES)),
    ),
    Scenario(
        "attach-idr-changed",
        "the HA answers with another APN in IDr than the UE asked for",
        ha=HaKnobs(answers_with_apn="default"),
        suite=GCM_SUITE,
    ),
    Scenario(
        "attach-ha-shared-key",
        "the HA proves itself by a shared key, and shows no certificate",
        ha=HaKnobs(auth=AuthMethod.SHARED_KEY),
    ),
    Scenario(
        "attach-dns-forgotten",
        "the HA leaves out the IPv4 DNS server that the UE asked for",
        ha=HaKnobs(leaves_out=frozenset({Attribute.INTERNAL_IP4_DNS})),
    ),
    Scenario(
        "attach-redirect-not-followed",
        "the HA redirects the UE, which deletes the IKE SA and then does nothing for over a minute",
        ha=HaKnobs(redirects_to=OTHER_HA),
        course=redirected_and_lost,
    ),
    Scenario(
        "attach-prefix-lifetime-zero",
        "the HA assigns a home network prefix with lifetime 0",
        ha=HaKnobs(prefix_lifetime=0),
    ),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
