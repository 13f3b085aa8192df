"""The whole of DSMIPv6 after the SA for Binding Updates: registrations, moves, user data. What edits can take hold of:

``BU 1``, ``BU 2``, … and ``BA 1``, … count Binding Updates as they are sent, with their answers. User data bear the
name that the course gives them: ``ping`` sends ``NAME 1 up``, ``NAME 1 down``, ``NAME 2 up`` and so on.
The wire's ``frame_of`` tells the frame number of each of them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

from dissectors.scapy_layers.layer import Item
from dissectors.scapy_layers.mobility_options import MipIpv4AddressAck, MipNatDetection
from samples.generator.attach import Attach
from samples.generator.bindings import ANY_IPV4, Registrar, care_of_address, ipv4_home_address, way_back
from samples.generator.carriage import Outer, Parcel, deliver, uplink
from samples.generator.network import Network
from samples.generator.payloads import Address
from samples.generator.signals import Role, Signal, transmit
from samples.generator.traffic import exchange

Tunnel = tuple[Outer, Outer]
"""What carries the UE's user data, and the HA's."""
EARLY_CORRESPONDENT = IPv6Address("2001:db8:cafe::7")
LONGEST_WAIT = 32.0  # s between Binding Updates without answer: RFC 6275 section 12
ATTEMPTS = 4
REASON_UNSPECIFIED, NOT_IN_WINDOW = 128, 135  # binding statuses
IPV4_TRY_AGAIN = (128, 130, 131, 133)
"""Statuses of IPv4 Address Acknowledgements after which the UE asks for 0.0.0.0 (TS 24.303 clause 5.1.2.4)."""


class Mobile:
    """A UE that has its SAs, and its HA."""

    def __init__(self, attach: Attach) -> None:
        self.attach, self.wire = attach, attach.wire
        self.ue, self.ha = attach.ue.knobs, attach.ha.knobs
        self.registrar = Registrar(self.ha)
        self.sequence = random.Random(f"{attach.seed}/sequence").randrange(0x10000)
        self.updates = 0
        self.ipv4_home: IPv4Address | None = None
        self.tunnel: Tunnel | None = None

    # Signalling

    def register(
        self,
        *,
        lifetime: int | None = None,
        ipv4: IPv4Address | None = None,
        bindings: Sequence[Item] = (),
        flows: Sequence[Item] = (),
        attempts: int = ATTEMPTS,
    ) -> Signal | None:
        """BU and BA at the UE's present place; sent again with backing off while no BA shows. None if none did."""
        wait = self.ue.first_wait
        for _ in range(attempts):
            update = self._update(self.ue.lifetime if lifetime is None else lifetime, ipv4, bindings, flows)
            acknowledgement = self._exchange(update)
            if self._believes(update, acknowledgement):
                return self._learn(update, acknowledgement)
            self.wire.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        return None

    def _believes(self, update: Signal, acknowledgement: Signal) -> bool:
        fits = acknowledgement.sequence == update.sequence or acknowledgement.status == NOT_IN_WINDOW
        return acknowledgement.sent and (self.ue.credulous or (acknowledgement.valid and fits))

    def _update(
        self, lifetime: int, ipv4: IPv4Address | None, bindings: Sequence[Item], flows: Sequence[Item]
    ) -> Signal:
        network, home = self.wire.network, self.attach.home_address
        self.sequence = (self.sequence + 1) % 0x10000
        options = [*(bindings or care_of_address(network, home)), *flows]
        if ipv4 is not None:
            options.append(ipv4_home_address(ipv4))
        # The first of several bindings sweeps away whatever the HA may still hold (RFC 5648 section 5.5).
        flags = "AHKRO" if bindings and lifetime and not self.tunnel else "AHKR"
        outer = uplink(network, in_udp=network.ue.version == 4)
        agent = self.ha.address
        return Signal(Role.UPDATE, self.sequence, flags, lifetime, tuple(options), home, agent, outer)

    def _exchange(self, update: Signal) -> Signal:
        self.updates += 1
        asked, answered = f"BU {self.updates}", f"BA {self.updates}"
        update = self.ue.signals.get(asked, _unchanged)(update)
        self.wire.answer_time(to_ue=False)
        self._send(asked, update)
        if self.ue.impatient and self.updates == 1:
            self._speak_early()
        answer = self.registrar.answer(update, answered)
        answer = self.ha.signals.get(answered, _unchanged)(answer)
        self.wire.answer_time(to_ue=True)
        self._send(answered, answer)
        return answer

    def _speak_early(self) -> None:
        there, _ = exchange(self.attach.home_address, EARLY_CORRESPONDENT, 1, None)
        self._deliver("early 1 up", Parcel(there, uplink(self.wire.network, in_udp=False)), to_ue=False)

    def _send(self, step: str, signal: Signal) -> None:
        assert self.attach.mobility
        outbound, inbound = self.attach.mobility
        if signal.sent:
            self.wire.wait(signal.delay)
            self.wire.mark(step)
            transmit(self.wire, signal, outbound if signal.role is Role.UPDATE else inbound)

    def _learn(self, update: Signal, acknowledgement: Signal) -> Signal:
        """What the UE makes of the answer: its tunnel, and its IPv4 Home Address."""
        if acknowledgement.status >= 128:
            return acknowledgement
        network = self.wire.network
        detection = acknowledgement.option(MipNatDetection)
        outbound = uplink(network, in_udp=bool(detection and detection.f))
        self.tunnel = (outbound, way_back(update)) if update.lifetime else None
        given = acknowledgement.option(MipIpv4AddressAck)
        if given:
            address = IPv4Address(given.hoa)
            self.ipv4_home = address if given.status < 128 and address != ANY_IPV4 else None
        return acknowledgement

    def begin(self) -> Signal | None:
        """The initial registration, with an IPv4 Home Address if the UE needs one; again where the answer says so."""
        ipv4 = ANY_IPV4 if self.ue.needs_ipv4 else None
        answer = self.register(ipv4=ipv4)
        if answer and self.ue.tries_again and _wants_another(answer):
            self.wire.wait(1.2)
            answer = self.register(ipv4=ipv4)
        return answer

    def refresh(self) -> Signal | None:
        """The same binding again; the IPv4 Home Address is kept by naming it."""
        answer = self.register(ipv4=self.ipv4_home)
        return self.register(ipv4=self.ipv4_home) if answer and answer.status == NOT_IN_WINDOW else answer

    def deregister(self) -> Signal | None:
        """BU with lifetime 0."""
        return self.register(lifetime=0)

    def move(self, network: Network) -> None:
        """The UE is at another place from now on; its IKE SA goes with it (K flag)."""
        self.wire.network = replace(network, floated=self.wire.network.floats)

    def through(self, network: Network) -> None:
        """The UE uses another of its accesses; its IKE SA stays where it is."""
        self.wire.network = network

    # User data

    def talk(
        self, name: str, correspondent: Address, count: int, *, port: int | None = None, via: Tunnel | None = None
    ) -> None:
        """Echo requests to a correspondent and replies, or with a port UDP both ways, through the tunnel."""
        outbound, inbound = via or self.tunnel or (None, None)
        own = self.attach.home_address if correspondent.version == 6 else self.ipv4_home
        assert own
        for number in range(1, count + 1):
            there, and_back = exchange(own, correspondent, number, port)
            self._deliver(f"{name} {number} up", Parcel(there, outbound), to_ue=False)
            self.wire.answer_time(to_ue=True)
            self._deliver(f"{name} {number} down", Parcel(and_back, inbound), to_ue=True)
            self.wire.wait(0.4 + self.wire.rng.random() / 5)

    def through_tunnel(self, name: str, there: bytes, and_back: bytes) -> None:
        """A packet of the UE and the answer to it, made elsewhere."""
        assert self.tunnel
        self._deliver(f"{name} up", Parcel(there, self.tunnel[0]), to_ue=False)
        self.wire.answer_time(to_ue=True)
        self._deliver(f"{name} down", Parcel(and_back, self.tunnel[1]), to_ue=True)

    def _deliver(self, step: str, parcel: Parcel, *, to_ue: bool) -> None:
        edits = self.ha.parcels if to_ue else self.ue.parcels
        parcel = edits.get(step, _as_it_is)(parcel)
        if parcel.sent:
            self.wire.mark(step)
        deliver(self.wire, parcel, to_ue=to_ue)


def _wants_another(answer: Signal) -> bool:
    """Whether the UE may or shall send the Binding Update again: status 128, or an IPv4 Home Address that failed."""
    given = answer.option(MipIpv4AddressAck)
    return answer.status == REASON_UNSPECIFIED or (given is not None and given.status in IPV4_TRY_AGAIN)


def _unchanged(signal: Signal) -> Signal:
    return signal


def _as_it_is(parcel: Parcel) -> Parcel:
    return parcel
