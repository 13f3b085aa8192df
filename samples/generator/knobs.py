"""What a scenario may set. The defaults make an attach in which nobody does anything wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from samples.generator.carriage import Parcel
from samples.generator.codes import Attribute, AuthMethod
from samples.generator.milenage import Subscription
from samples.generator.payloads import Address, Payload
from samples.generator.signals import Signal

Edit = Callable[[list[Payload]], list[Payload]]
"""Rewrites the payloads of one message before it is sealed (and before an AUTH that covers it is computed)."""
OctetsEdit = Callable[[bytes], bytes]
"""Rewrites an IKE message as it goes out, sealed as it may be."""
SignalEdit = Callable[[Signal], Signal]
"""Rewrites a Binding Update or Acknowledgement before it is encoded."""
ParcelEdit = Callable[[Parcel], Parcel]
"""Rewrites user data before they are put on the wire."""

SUBSCRIBER = Subscription(
    imsi="001010123456789",
    # Key and OPc of test set 1 in 3GPP TS 35.208.
    key=bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc"),
    opc=bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf"),
)
HOME_AGENT = IPv6Address("2001:db8:ffff::1")
HOME_AGENT_IPV4 = IPv4Address("192.0.2.1")
HOME_PREFIX = IPv6Network("2001:db8:1:2::/64")
IPV4_HOME_ADDRESS = IPv4Address("10.64.0.9")
DNS_SERVERS = (IPv6Address("2001:db8:ffff::53"), IPv4Address("192.0.2.53"))
DNS_ATTRIBUTES = (Attribute.INTERNAL_IP6_DNS, Attribute.INTERNAL_IP4_DNS)


@dataclass(frozen=True, slots=True)
class UeKnobs:
    """What the UE does. ``edits`` holds an :data:`Edit` by the name of the step, as :mod:`attach` calls it.

    ``signals`` and ``parcels`` do the same for Binding Updates and for user data, by the steps of :mod:`mobile`.
    ``octets`` takes hold of whole IKE messages, by the same steps as ``edits``.
    """

    subscription: Subscription = SUBSCRIBER
    mcc: str = "001"
    mnc: str = "001"
    apn: str = "internet"
    uses_pseudonym: bool = False  # the one it was given before, in IDi and EAP alike
    username: str | None = None  # of the NAI, instead of either
    eap_identity: str | None = None  # None: the NAI of IDi
    nonce_size: int = 32  # bytes, of the nonce in IKE_SA_INIT
    asks_for: tuple[Attribute, ...] = (Attribute.MIP6_HOME_PREFIX, *DNS_ATTRIBUTES)
    fragment_size: int | None = None  # largest IKE message; None never fragments
    edits: Mapping[str, Edit] = field(default_factory=dict)
    octets: Mapping[str, OctetsEdit] = field(default_factory=dict)
    home_address: IPv6Address | None = None  # None: what the HA's prefix makes it
    lifetime: int = 900  # of a binding, in units of 4 s
    needs_ipv4: bool = False  # asks for an IPv4 Home Address
    impatient: bool = False  # sends a packet of user data before the first Acknowledgement
    credulous: bool = False  # believes every Acknowledgement
    tries_again: bool = True  # where an answer asks for another Binding Update
    first_wait: float = 1.5  # s before a Binding Update without answer is sent again (RFC 6275 section 12)
    signals: Mapping[str, SignalEdit] = field(default_factory=dict)
    parcels: Mapping[str, ParcelEdit] = field(default_factory=dict)

    @property
    def nai(self) -> str:
        """The MN-NAI: the IMSI behind a 0, or the pseudonym (TS 23.003 clause 19.3)."""
        if self.username is not None:
            return f"{self.username}@{self.realm}"
        return self.pseudonym if self.uses_pseudonym else f"0{self.subscription.imsi}@{self.realm}"

    @property
    def eap_name(self) -> str:
        """The identity that EAP authenticates."""
        return self.eap_identity or self.nai

    @property
    def pseudonym(self) -> str:
        """What the AAA server gives this UE for its next authentication: 2 and a name of the server's making."""
        return f"2{sha256(self.subscription.imsi.encode()).hexdigest()[:16]}@{self.realm}"

    @property
    def realm(self) -> str:
        return f"nai.epc.mnc{self.mnc}.mcc{self.mcc}.3gppnetwork.org"


@dataclass(frozen=True, slots=True)
class HaKnobs:
    """What the HA does, the AAA server behind it included. ``answers_with_apn`` None echoes the UE's IDr."""

    names: tuple[str, ...] = ("ha1.epc.mnc001.mcc001.3gppnetwork.org", "internet")
    address: IPv6Address = HOME_AGENT
    answers_with_apn: str | None = None
    auth: AuthMethod = AuthMethod.DIGITAL_SIGNATURE
    shared_key: bytes = field(default=b"test only, never used by anyone", repr=False)
    asks_identity: bool = True  # an EAP-AKA Identity round
    gives_pseudonym: bool = True
    sqn: int = 0x20  # sequence number of the authentication vector
    home_prefix: IPv6Network = HOME_PREFIX
    prefix_lifetime: int = 86400
    dns6: IPv6Address = DNS_SERVERS[0]
    dns4: IPv4Address = DNS_SERVERS[1]
    leaves_out: frozenset[Attribute] = frozenset()
    redirects_to: Address | None = None
    fragment_size: int | None = None
    edits: Mapping[str, Edit] = field(default_factory=dict)
    octets: Mapping[str, OctetsEdit] = field(default_factory=dict)
    address_ipv4: IPv4Address = HOME_AGENT_IPV4
    credulous: bool = False  # believes every Binding Update
    binding_lifetime: int = 900  # the most it grants, in units of 4 s
    refresh_advice: int = 450  # Binding Refresh Advice, in units of 4 s; 0 leaves it out
    ipv4_home_address: IPv4Address | None = IPV4_HOME_ADDRESS  # None: the pool is empty
    statuses: Mapping[str, int] = field(default_factory=dict)  # of Acknowledgements that refuse, by step
    signals: Mapping[str, SignalEdit] = field(default_factory=dict)
    parcels: Mapping[str, ParcelEdit] = field(default_factory=dict)

    @property
    def home_address(self) -> IPv6Address:
        """What the UE makes of the home prefix, or is given where it asked for an address."""
        return self.home_prefix[0x10]


def without(*kinds: int) -> Edit:
    """Leaves payloads of some kinds out."""
    return lambda payloads: [payload for payload in payloads if payload.kind not in kinds]


def with_added(*added: Payload) -> Edit:
    """Puts payloads behind the others."""
    return lambda payloads: [*payloads, *added]


def replaced(kind: int, body: Callable[[bytes], bytes]) -> Edit:
    """Rewrites the body of payloads of one kind."""

    def edit(payloads: list[Payload]) -> list[Payload]:
        return [replace(payload, body=body(payload.body)) if payload.kind == kind else payload for payload in payloads]

    return edit
