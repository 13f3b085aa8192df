"""What UE and HA have in common: an IKE SA seen from one end, and the octets that AUTH covers."""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from samples.generator.codes import NO_ESN, Exchange, Kind, Notice, Protocol, Transform
from samples.generator.esp import EspSa
from samples.generator.keymat import ChildKeys, IkeKeys, derive_child_keys, derive_ike_keys
from samples.generator.knobs import Edit, OctetsEdit
from samples.generator.messages import Envelope, Sealer, clear_message, flags_of
from samples.generator.payloads import Address, Payload, Proposal, TransformChoice, notify
from samples.generator.suites import Suite

KEY_PAD = b"Key Pad for IKEv2"


@dataclass(frozen=True, slots=True)
class Hello:
    """What one end's IKE_SA_INIT message tells the other; ``octets`` are the whole message."""

    octets: bytes
    spi: bytes
    nonce: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class ChildOffer:
    """What one end brings to a CHILD SA: the SPI it receives on, and its nonce."""

    spi: int
    nonce: bytes


def ike_transforms(suite: Suite) -> tuple[TransformChoice, ...]:
    """The transforms of an IKE SA."""
    chosen = [TransformChoice(Transform.ENCR, suite.cipher.transform, suite.cipher.key_bits)]
    chosen.append(TransformChoice(Transform.PRF, suite.prf.transform))
    if suite.integrity:
        chosen.append(TransformChoice(Transform.INTEG, suite.integrity.transform))
    return (*chosen, TransformChoice(Transform.DH, suite.group.number))


def esp_proposal(suite: Suite, spi: int, *, forward_secrecy: bool = False) -> Proposal:
    """The one proposal of a CHILD SA; for forward secrecy with a Diffie-Hellman group of its own."""
    cipher, integrity = suite.esp_cipher, suite.esp_integrity
    chosen = [TransformChoice(Transform.ENCR, cipher.transform, cipher.key_bits)]
    if integrity:
        chosen.append(TransformChoice(Transform.INTEG, integrity.transform))
    if forward_secrecy:
        chosen.append(TransformChoice(Transform.DH, suite.group.number))
    chosen.append(TransformChoice(Transform.ESN, NO_ESN))
    return Proposal(1, Protocol.ESP, struct.pack("!I", spi), tuple(chosen))


def nat_detection(notice: Notice, spis: bytes, address: Address, port: int) -> Payload:
    """NAT_DETECTION_*_IP: RFC 7296 section 2.23."""
    return notify(notice, hashlib.sha1(spis + address.packed + struct.pack("!H", port)).digest())


def random_spi(rng: random.Random) -> int:
    """An ESP SPI beyond the reserved ones."""
    return rng.randrange(0x1000, 0x1_0000_0000)


class Endpoint:
    """One end of an IKE SA. What it is made with comes from its knobs."""

    def __init__(
        self,
        suite: Suite,
        rng: random.Random,
        edits: Mapping[str, Edit],
        fragment_size: int | None,
        *,
        initiator: bool,
        octets: Mapping[str, OctetsEdit] | None = None,
        nonce_size: int = 32,
    ) -> None:
        self.suite, self.rng, self.initiator = suite, rng, initiator
        self.edits, self.fragment_size, self.octets = edits, fragment_size, octets or {}
        self.spi = rng.randrange(1, 1 << 64).to_bytes(8, "big")
        self.nonce = rng.randbytes(nonce_size)
        self.public, self._agree = suite.group.start(rng)
        self.requests_sent = 0  # also the message ID of the next request
        self.identity: Payload | None = None  # IDi or IDr as last sent
        self.spis = b""
        self.keys: IkeKeys | None = None
        self.hello: Hello | None = None
        self.peer: Hello | None = None

    def edited(self, step: str, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads as the scenario wants them at this step."""
        edit = self.edits.get(step)
        final = edit(list(payloads)) if edit else list(payloads)
        self.identity = next((payload for payload in final if payload.kind in (Kind.IDI, Kind.IDR)), self.identity)
        return final

    def greet(self, step: str, spis: bytes, payloads: Sequence[Payload], *, response: bool) -> Hello:
        """The IKE_SA_INIT message of this end."""
        envelope = Envelope(spis, Exchange.IKE_SA_INIT, flags_of(self.initiator, response), 0)
        octets = self._rewritten(step, clear_message(envelope, self.edited(step, payloads)))
        self.hello = Hello(octets, self.spi, self.nonce, self.public)
        return self.hello

    def meet(self, peer: Hello) -> None:
        """Both IKE_SA_INIT messages are there: the SA has keys."""
        self.peer = peer
        mine, theirs = (self.spi, self.nonce), (peer.spi, peer.nonce)
        first, second = (mine, theirs) if self.initiator else (theirs, mine)
        self.spis = first[0] + second[0]
        self.keys = derive_ike_keys(self.suite, self._agree(peer.public), first[1] + second[1], self.spis)

    def sealed(
        self, step: str, exchange: Exchange, message_id: int, payloads: Sequence[Payload], *, response: bool
    ) -> list[bytes]:
        """A protected message of this end, or its fragments."""
        assert self.keys
        envelope = Envelope(self.spis, exchange, flags_of(self.initiator, response), message_id)
        sealer = Sealer(self.suite, self.keys, self.initiator, self.rng)
        messages = sealer.seal(envelope, self.edited(step, payloads), self.fragment_size)
        return [self._rewritten(step, message) for message in messages]

    def _rewritten(self, step: str, message: bytes) -> bytes:
        edit = self.octets.get(step)
        return edit(message) if edit else message

    def auth_octets(self, identity: Payload) -> bytes:
        """What this end's AUTH covers: RFC 7296 section 2.15."""
        assert self.keys
        assert self.hello
        assert self.peer
        key = self.keys.pi if self.initiator else self.keys.pr
        return self.hello.octets + self.peer.nonce + self.suite.prf(key, identity.body)

    def shared_key_mic(self, secret: bytes, octets: bytes) -> bytes:
        """AUTH by a shared secret, MSK included: RFC 7296 sections 2.15 and 2.16."""
        return self.suite.prf(self.suite.prf(secret, KEY_PAD), octets)

    def offer_child(self, *, first: bool) -> ChildOffer:
        """The first CHILD SA has the nonces of IKE_SA_INIT."""
        return ChildOffer(random_spi(self.rng), self.nonce if first else self.rng.randbytes(32))

    def child_keys(self, initiator: ChildOffer, responder: ChildOffer, secret: bytes = b"") -> ChildKeys:
        """``secret`` is g^ir of an exchange with forward secrecy."""
        assert self.keys
        return derive_child_keys(self.suite, self.keys.d, secret + initiator.nonce + responder.nonce)

    def take_over(self, spis: bytes, keys: IkeKeys) -> None:
        """Goes on with the IKE SA that follows this one; its message IDs begin anew (RFC 7296 section 2.18)."""
        self.spis, self.keys, self.requests_sent = spis, keys, 0

    def outbound(self, keys: ChildKeys, peer: ChildOffer, *, began: bool) -> EspSa:
        """The SA this end sends on: the peer's SPI, and the keys of who began the exchange or of the other."""
        encryption, integrity = (keys.ei, keys.ai) if began else (keys.er, keys.ar)
        return EspSa(self.suite, peer.spi, encryption, integrity, self.rng)
