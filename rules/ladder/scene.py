"""Who stands where in a ladder: nodes, their addresses and identities, and the IKE SAs between them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network, ip_address

from dissectors.events import Address
from dissectors.ikev2.registry import ExchangeType
from dissectors.record import record
from rules.ladder.script import LadderError
from rules.model import Role

EPOCH = 1_700_000_000_000_000_000
"""ns; when every ladder starts."""
ROUTER = IPv6Address("fe80::1")
"""Of the access link, where ``NET`` speaks from."""
UE_NETWORK, HA_NETWORK = IPv6Network("2001:db8:a::/64"), IPv6Network("2001:db8:b::/64")
HOME_NETWORK = IPv6Network("2001:db8:1::/48")


def filler(label: str, size: int) -> bytes:
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_128(label.encode()).digest(size)


@record
class Node:
    """``UE``, ``UE2``, ``HA``, ``HA2`` …; ``UE@2001:db8::5`` is the UE elsewhere; ``NET`` the access network."""

    name: str
    at: Address | None = None

    @classmethod
    def of(cls, text: str) -> Node:
        if text == Role.NET.value:
            return cls(text, ROUTER)
        name, _, address = text.partition("@")
        if name[:2] not in ("UE", "HA") or not (name[2:] or "1").isdigit():
            raise LadderError(f"not a node: {text}")
        return cls(name, ip_address(address) if address else None)

    @property
    def role(self) -> Role:
        return Role.NET if self.name == Role.NET.value else Role(self.name[:2])

    @property
    def index(self) -> int:
        return int(self.name[2:] or 1)

    @property
    def address(self) -> Address:
        return self.at or (UE_NETWORK if self.role is Role.UE else HA_NETWORK)[self.index]

    @property
    def identity(self) -> str:
        """The NAI of a UE, IMSI-based for EAP-AKA (TS 23.003)."""
        return f"0{1010123456788 + self.index:015d}@nai.epc.mnc001.mcc001.3gppnetwork.org"

    @property
    def home_prefix(self) -> IPv6Network:
        """What a HA assigns to this UE."""
        return IPv6Network((int(HOME_NETWORK[0]) + ((self.index + 1) << 64), 64))

    @property
    def home_address(self) -> IPv6Address:
        return self.home_prefix[0x10]


@dataclass(slots=True, eq=False)
class LadderSa:
    """What the writer of a ladder need not say of an IKE SA: SPIs, Message IDs, what was asked."""

    number: int
    initiator: str
    responder: str
    spi_i: bytes
    spi_r: bytes
    peers: frozenset[str]
    next_id: dict[str, int] = field(default_factory=dict)  # by sender, of the next request
    asked_id: dict[str, int] = field(default_factory=dict)  # by sender, of the last request
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by sender, tokens of the last request
    refused: bool = False  # the last IKE_SA_INIT response made no SA
    cookie: str = ""
    identified: tuple[str, ...] = ()  # tokens of the IKE_AUTH request that named IDi
    eap: dict[Role, str] = field(default_factory=dict)  # the last EAP token of each end
    redirected_from: str = ""
    child_spis: dict[Role, int] = field(default_factory=dict)  # the last each end chose for a CHILD SA
    offered_spi: bytes = b""  # of the IKE SA rekey under way

    def label(self, *parts: object) -> str:
        return " ".join(map(str, ("sa", self.number, *parts)))


@record
class Place:
    """Where a payload stands."""

    exchange: int
    response: bool
    message_id: int
    sender: Node
    receiver: Node
    ue: Node
    ha: Node
    sa: LadderSa

    @property
    def role(self) -> Role:
        return self.sender.role

    def address(self, name: str) -> Address | None:
        """The address behind a name of the ladder: a node, or ``HoA``, the UE's Home Address."""
        if name == "HoA":
            return self.ue.home_address
        try:
            return Node.of(name).address
        except (LadderError, ValueError):
            return None

    @property
    def is_init(self) -> bool:
        return self.exchange == ExchangeType.IKE_SA_INIT
