"""The HA with the AAA server behind it: responder of IKEv2 with EAP-AKA (TS 24.303 clause 5.1.3.1)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from ipaddress import IPv6Address

from samples.generator.certificates import authority_hash, home_agent_certificate, signature_data
from samples.generator.codes import CFG_REPLY, IKE_PORT, Attribute, AuthMethod, IdType, Kind, Notice, Protocol
from samples.generator.eap_aka import AkaServer, success
from samples.generator.endpoint import ChildOffer, Endpoint, Hello, esp_proposal, ike_transforms, nat_detection
from samples.generator.knobs import HaKnobs, UeKnobs
from samples.generator.milenage import Vector
from samples.generator.network import Network
from samples.generator.payloads import (
    Payload,
    Proposal,
    Selector,
    authentication,
    certificate,
    certificate_request,
    configuration,
    eap,
    home_prefix,
    identification,
    key_exchange,
    nonce,
    notify,
    redirect_to,
    security_association,
    traffic_selectors,
)
from samples.generator.suites import Suite
from samples.generator.ue import ANYWHERE, HASHES, mobility_selectors


class Ha(Endpoint):
    """Builds what the HA sends, message by message. What it must know of the UE's requests is in the UE's knobs."""

    def __init__(self, knobs: HaKnobs, served: UeKnobs, network: Network, suite: Suite, rng: random.Random) -> None:
        super().__init__(suite, rng, knobs.edits, knobs.fragment_size, initiator=False, octets=knobs.octets)
        self.knobs, self.served, self.network = knobs, served, network
        self.aka = AkaServer(served.subscription, rng=rng, sqn=knobs.sqn)

    def init_response(self, request: Hello) -> Hello:
        """IKE_SA_INIT, accepting the first proposal."""
        spis = request.spi + self.spi
        ue_port = self.network.ue_port(IKE_PORT)
        payloads = [
            security_association(Proposal(1, Protocol.IKE, b"", ike_transforms(self.suite))),
            key_exchange(self.suite.group.number, self.public),
            nonce(self.nonce),
            nat_detection(Notice.NAT_DETECTION_SOURCE_IP, spis, self.network.ha, IKE_PORT),
            nat_detection(Notice.NAT_DETECTION_DESTINATION_IP, spis, self.network.ue, ue_port),
            certificate_request(authority_hash()),
            notify(Notice.IKEV2_FRAGMENTATION_SUPPORTED),
            HASHES,
            notify(Notice.MULTIPLE_AUTH_SUPPORTED),
        ]
        return self.greet("IKE_SA_INIT", spis, payloads, response=True)

    def identify(self) -> list[Payload]:
        """IDr, the certificate, and the signature that proves it; EAP starts in the same message."""
        apn = self.knobs.answers_with_apn or self.served.apn
        identity = identification(Kind.IDR, IdType.FQDN, apn.encode())
        octets = self.auth_octets(identity)
        if self.knobs.auth is AuthMethod.SHARED_KEY:
            return [identity, authentication(AuthMethod.SHARED_KEY, self.shared_key_mic(self.knobs.shared_key, octets))]
        proof = authentication(AuthMethod.DIGITAL_SIGNATURE, signature_data(octets))
        return [identity, certificate(home_agent_certificate(self.knobs.names)), proof]

    def ask_identity(self, identifier: int) -> bytes:
        return self.aka.identity_request(identifier)

    def challenge(self, identifier: int) -> tuple[Vector, bytes]:
        """EAP-Request/AKA-Challenge, once the AAA server knows who it is."""
        pseudonym = self.served.pseudonym if self.knobs.gives_pseudonym else None
        return self.aka.challenge(identifier, self.served.eap_name, pseudonym)

    def succeed(self, identifier: int) -> list[Payload]:
        return [eap(success(identifier))]

    def _configuration(self) -> Payload:
        given: Mapping[Attribute, bytes] = {
            Attribute.MIP6_HOME_PREFIX: home_prefix(self.knobs.home_prefix, self.knobs.prefix_lifetime),
            Attribute.INTERNAL_IP6_ADDRESS: self.knobs.home_address.packed + b"\x80",
            Attribute.INTERNAL_IP6_DNS: self.knobs.dns6.packed,
            Attribute.INTERNAL_IP4_DNS: self.knobs.dns4.packed,
        }
        kept = [kind for kind in self.served.asks_for if kind not in self.knobs.leaves_out]
        return configuration(CFG_REPLY, [(kind, given[kind]) for kind in kept])

    def _narrowed(self) -> Selector:
        """The home prefix, or the one address that was given instead of it."""
        if Attribute.MIP6_HOME_PREFIX in self.served.asks_for:
            return Selector(self.knobs.home_prefix[0], self.knobs.home_prefix[-1])
        return Selector(self.knobs.home_address, self.knobs.home_address)

    def conclude(self, child: ChildOffer) -> list[Payload]:
        """AUTH from the MSK; with it the home prefix and the first CHILD SA, or a redirect and neither."""
        assert self.identity
        assert self.aka.keys
        mic = self.shared_key_mic(self.aka.keys.msk, self.auth_octets(self.identity))
        proof = authentication(AuthMethod.SHARED_KEY, mic)
        if self.knobs.redirects_to:
            return [proof, redirect_to(self.knobs.redirects_to)]
        return [proof, *self.granted(child)]

    def granted(self, child: ChildOffer) -> list[Payload]:
        """What a UE gets that is let in: the home prefix, and the first CHILD SA."""
        return [
            self._configuration(),
            security_association(esp_proposal(self.suite, child.spi)),
            traffic_selectors(Kind.TSI, self._narrowed()),
            traffic_selectors(Kind.TSR, ANYWHERE),
        ]

    def accept_mobility_sa(self, child: ChildOffer, home: IPv6Address, home_agent: IPv6Address) -> list[Payload]:
        """CREATE_CHILD_SA, accepted as it was asked for."""
        return [
            notify(Notice.USE_TRANSPORT_MODE),
            security_association(esp_proposal(self.suite, child.spi)),
            nonce(child.nonce),
            *mobility_selectors(home, home_agent),
        ]
