"""The scenarios: who does what, in which order, and what one of them does wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from dissectors.scapy_layers.mobility_options import MipIpv4AddressAck, MipNatDetection
from samples import courses, procedure_courses
from samples.generator.attach import Attach
from samples.generator.bindings import ANY_IPV4
from samples.generator.codes import Attribute, AuthMethod, Notice
from samples.generator.edits import all_of, kept_back, with_flags, with_option_fields
from samples.generator.knobs import DNS_ATTRIBUTES, HOME_PREFIX, HaKnobs, UeKnobs, with_added
from samples.generator.network import HOME_LINK, IPV4_ACCESS, IPV4_NAT_ACCESS, IPV6_ACCESS, Network, Wire
from samples.generator.payloads import notify, pdn_identifier
from samples.generator.suites import CBC_SUITE, GCM_SUITE, Suite

IFOM_CAPABLE = {"IKE_SA_INIT": with_added(notify(Notice.IFOM_CAPABILITY))}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A capture that can be made again. The name is the seed, and the folder."""

    name: str
    title: str
    ue: UeKnobs = field(default_factory=UeKnobs)
    ha: HaKnobs = field(default_factory=HaKnobs)
    network: Network = IPV6_ACCESS
    suite: Suite = CBC_SUITE
    course: Callable[[Attach], None] = courses.whole_life

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
        ha=HaKnobs(redirects_to=courses.OTHER_HA),
        course=courses.redirected_and_served,
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
        ha=HaKnobs(redirects_to=courses.OTHER_HA),
        course=courses.redirected_and_lost,
    ),
    Scenario(
        "attach-prefix-lifetime-zero",
        "the HA assigns a home network prefix with lifetime 0",
        ha=HaKnobs(prefix_lifetime=0),
    ),
    Scenario(
        "dsmip-attach-ipv6",
        "registration from an IPv6 access, with an IPv4 Home Address and user data of both families",
        ue=UeKnobs(needs_ipv4=True),
        course=courses.registered_life,
    ),
    Scenario(
        "dsmip-attach-ipv4",
        "the same from an IPv4 access without a NAT: BU in UDP, BA and user data in IPv4",
        ue=UeKnobs(needs_ipv4=True),
        network=IPV4_ACCESS,
        course=courses.registered_life,
    ),
    Scenario(
        "dsmip-attach-nat",
        "the same from behind a NAT: everything in UDP",
        ue=UeKnobs(needs_ipv4=True),
        network=IPV4_NAT_ACCESS,
        suite=GCM_SUITE,
        course=courses.registered_life,
    ),
    Scenario(
        "dsmip-attach-nat-faults",
        "an attach from behind a NAT in which UE and HA make five mistakes",
        ue=UeKnobs(needs_ipv4=True, signals={"BU 1": with_flags("AHKF")}, impatient=True),
        ha=HaKnobs(signals={"BA 1": all_of(with_flags("K"), with_option_fields(MipNatDetection, f=0))}),
        network=IPV4_NAT_ACCESS,
        course=courses.registered_life,
    ),
    Scenario(
        "dsmip-refresh",
        "the first acknowledgement is lost; the UE asks again, refreshes twice and de-registers",
        ue=UeKnobs(needs_ipv4=True, lifetime=15),
        ha=HaKnobs(binding_lifetime=15, refresh_advice=7, signals={"BA 1": kept_back}),
        course=courses.refreshed,
    ),
    Scenario(
        "dsmip-return-home",
        "the UE comes home, sees the home prefix advertised, and de-registers",
        course=courses.returned_home,
    ),
    Scenario(
        "dsmip-ipv4-refused",
        "the HA has no IPv4 Home Addresses left, and the UE does without",
        ue=UeKnobs(needs_ipv4=True),
        ha=HaKnobs(ipv4_home_address=None),
        course=courses.ipv4_refused,
    ),
    Scenario(
        "dsmip-ipv4-again",
        "the HA fails to give an IPv4 Home Address, the UE asks for any once more and gets one",
        ue=UeKnobs(needs_ipv4=True),
        ha=HaKnobs(signals={"BA 1": with_option_fields(MipIpv4AddressAck, status=128, plen=0, hoa=str(ANY_IPV4))}),
        course=courses.registered_life,
    ),
    Scenario(
        "dsmip-discovery-addresses",
        "DHCPv6 tells the addresses of the HA before the attach",
        course=courses.discovered,
    ),
    Scenario(
        "dsmip-discovery-fqdn",
        "DHCPv6 tells the name of the HA, and DNS its addresses",
        course=partial(courses.discovered, agents=(courses.HOME_AGENT_NAME,), lookups=courses.BOTH_FAMILIES),
    ),
    Scenario(
        "dsmip-configuration",
        "a registered UE asks its home network by DHCPv6 for parameters and for another prefix",
        course=courses.configured,
    ),
    Scenario(
        "dsmip-handover",
        "from an IPv6 access to IPv4 behind a NAT and back",
        ue=UeKnobs(needs_ipv4=True),
        course=courses.handed_over,
    ),
    Scenario(
        "dsmip-ifom",
        "two accesses at once: two bindings, two flows, and one flow that moves",
        ue=UeKnobs(edits=IFOM_CAPABLE),
        ha=HaKnobs(edits=IFOM_CAPABLE),
        course=courses.flows_moved,
    ),
    Scenario(
        "dsmip-ifom-not-supported",
        "the UE asks for IP flow mobility, the HA does not have it, and the UE does without",
        ue=UeKnobs(edits=IFOM_CAPABLE),
        course=courses.registered_life,
    ),
    Scenario(
        "dsmip-at-home",
        "the UE attaches from its home link, and never registers",
        network=HOME_LINK,
        course=procedure_courses.at_home,
    ),
    Scenario(
        "dsmip-rekey",
        "CHILD SA and IKE SA are rekeyed, and the binding is refreshed on the new ones",
        course=procedure_courses.rekeyed,
    ),
    Scenario(
        "attach-two-authentications",
        "EAP-AKA, and a second authentication for an external AAA server",
        course=procedure_courses.two_authentications,
    ),
    Scenario(
        "dsmip-pco",
        "PCO of a 3GPP access gives the home prefix; the UE goes on over two other accesses",
        ue=UeKnobs(edits=IFOM_CAPABLE | {"IKE_AUTH 1": with_added(pdn_identifier(HOME_PREFIX))}),
        ha=HaKnobs(edits=IFOM_CAPABLE),
        course=procedure_courses.from_3gpp_access,
    ),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
