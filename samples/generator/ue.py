"""The UE: initiator of IKEv2 with EAP-AKA (TS 24.303 clause 5.1.2.2)."""

from __future__ import annotations

import random
import struct
from ipaddress import IPv6Address

from samples.generator.certificates import authority_hash
from samples.generator.codes import (
    BINDING_ACK,
    BINDING_UPDATE,
    CFG_REQUEST,
    IKE_PORT,
    IPPROTO_MH,
    SHA2_256,
    SHA2_384,
    SHA2_512,
    AuthMethod,
    IdType,
    Kind,
    Notice,
    Protocol,
    Transform,
)
from samples.generator.eap_aka import AkaPeer
from samples.generator.endpoint import ChildOffer, Endpoint, Hello, esp_proposal, ike_transforms, nat_detection
from samples.generator.knobs import UeKnobs
from samples.generator.milenage import Vector
from samples.generator.network import Network
from samples.generator.payloads import (
    Address,
    Payload,
    Proposal,
    Selector,
    TransformChoice,
    authentication,
    certificate_request,
    configuration,
    delete_ike_sa,
    eap,
    identification,
    key_exchange,
    nonce,
    notify,
    redirected_from,
    security_association,
    traffic_selectors,
)
from samples.generator.suites import LEGACY_SUITE, Suite

ANYWHERE = Selector(IPv6Address(0), IPv6Address(2**128 - 1))
HASHES = notify(Notice.SIGNATURE_HASH_ALGORITHMS, struct.pack("!3H", SHA2_256, SHA2_384, SHA2_512))


def mobility_selectors(home_address: IPv6Address, home_agent: IPv6Address) -> tuple[Payload, Payload]:
    """TSi and TSr for BU and BA: the MH type is the high byte of the port (RFC 4877 section 7.2.1)."""
    update, acknowledgement = BINDING_UPDATE << 8, BINDING_ACK << 8
    return (
        traffic_selectors(Kind.TSI, Selector(home_address, home_address, IPPROTO_MH, update, update)),
        traffic_selectors(Kind.TSR, Selector(home_agent, home_agent, IPPROTO_MH, acknowledgement, acknowledgement)),
    )


class Ue(Endpoint):
    """Builds what the UE sends, message by message."""

    def __init__(self, knobs: UeKnobs, network: Network, suite: Suite, rng: random.Random) -> None:
        super().__init__(
            *(suite, rng, knobs.edits, knobs.fragment_size),
            initiator=True,
            octets=knobs.octets,
            nonce_size=knobs.nonce_size,
        )
        self.knobs, self.network = knobs, network
        self.aka = AkaPeer(knobs.subscription)

    def _proposals(self) -> tuple[Proposal, ...]:
        """The suite that will be chosen, with a second group, and an old one for old Home Agents."""
        offered = (*ike_transforms(self.suite), TransformChoice(Transform.DH, LEGACY_SUITE.group.number))
        legacy = Proposal(2, Protocol.IKE, b"", ike_transforms(LEGACY_SUITE))
        return Proposal(1, Protocol.IKE, b"", offered), legacy

    def init_request(self, redirector: Address | None = None) -> Hello:
        """IKE_SA_INIT; after a redirect it tells who redirected (RFC 5685 section 3)."""
        spis = self.spi + bytes(8)
        support = redirected_from(redirector) if redirector else notify(Notice.REDIRECT_SUPPORTED)
        source, home_agent = self.network.ue_own, self.network.ha
        payloads = [
            security_association(*self._proposals()),
            key_exchange(self.suite.group.number, self.public),
            nonce(self.nonce),
            support,
            nat_detection(Notice.NAT_DETECTION_SOURCE_IP, spis, source, IKE_PORT),
            nat_detection(Notice.NAT_DETECTION_DESTINATION_IP, spis, home_agent, IKE_PORT),
            notify(Notice.IKEV2_FRAGMENTATION_SUPPORTED),
            HASHES,
        ]
        return self.greet("IKE_SA_INIT", spis, payloads, response=False)

    def identify(self, child: ChildOffer) -> list[Payload]:
        """The first IKE_AUTH request: no AUTH, because EAP is wanted (RFC 7296 section 2.16)."""
        return [
            identification(Kind.IDI, IdType.RFC822_ADDR, self.knobs.nai.encode()),
            notify(Notice.INITIAL_CONTACT),
            certificate_request(authority_hash()),
            identification(Kind.IDR, IdType.FQDN, self.knobs.apn.encode()),
            configuration(CFG_REQUEST, [(kind, b"") for kind in self.knobs.asks_for]),
            security_association(esp_proposal(self.suite, child.spi)),
            traffic_selectors(Kind.TSI, ANYWHERE),
            traffic_selectors(Kind.TSR, ANYWHERE),
            notify(Notice.MULTIPLE_AUTH_SUPPORTED),
        ]

    def answer_identity(self, identifier: int, request: bytes) -> list[Payload]:
        """EAP-Response/AKA-Identity, with the NAI of IDi."""
        self.aka.note_identity(request)
        return [eap(self.aka.identity_response(identifier, self.knobs.eap_name))]

    def answer_challenge(self, identifier: int, vector: Vector) -> list[Payload]:
        """EAP-Response/AKA-Challenge; only RAND and AUTN of the vector are looked at."""
        return [eap(self.aka.challenge_response(identifier, self.knobs.eap_name, vector.rand, vector.autn))]

    def conclude(self) -> list[Payload]:
        """AUTH from the MSK."""
        assert self.identity
        assert self.aka.keys
        mic = self.shared_key_mic(self.aka.keys.msk, self.auth_octets(self.identity))
        return [authentication(AuthMethod.SHARED_KEY, mic)]

    def request_mobility_sa(self, child: ChildOffer, home: IPv6Address, home_agent: IPv6Address) -> list[Payload]:
        """CREATE_CHILD_SA for Binding Updates and Acknowledgements."""
        return [
            notify(Notice.USE_TRANSPORT_MODE),
            security_association(esp_proposal(self.suite, child.spi)),
            nonce(child.nonce),
            *mobility_selectors(home, home_agent),
        ]

    def leave(self) -> list[Payload]:
        """DELETE of the IKE SA."""
        return [delete_ike_sa()]
