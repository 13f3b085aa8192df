"""Opening ESP: keys by SPI first and addresses as a hint, keys of CHILD SAs derived from SK_d (RFC 7296 section 2.17).

Key files often name the IKE peers' addresses while the packets carry a Home Address or a care-of address, so an
address only decides which candidate is tried first; the ICV decides which is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from analyzer.sessions.ike_opening import IkeOpener, changes_derivation
from dissectors.esp import EspPacket, OpenedEsp, guess_null, open_esp
from dissectors.events import Address, Sealed, SealReason
from dissectors.ikev2.derive import UnsupportedAlgorithm, child_keys, cipher_spec_of
from dissectors.ikev2.messages import KeyExchange
from dissectors.ikev2.registry import EsnId, TransformType
from dissectors.keymat import CipherSpec, EspKeys, KeyMaterial
from dissectors.record import record
from rules.session import ChildSa

MOST_CANDIDATES = 256
MOST_FLOWS = 65536
MOST_FAILURES = 16
"""Packets of one SPI on which every candidate is tried; after that only the likeliest few."""
FEW = 8
PLAUSIBLE_NEXT_HEADERS = frozenset({4, 6, 17, 41, 43, 58, 59, 60, 132, 135, 1, 44, 50, 51})


@dataclass(slots=True)
class FlowKeys:
    """The key that opens one SPI to one destination, and the high half of its last sequence number (ESN)."""

    keys: EspKeys
    high: int = 0


@record
class LateKey:
    """Packets of an SPI that were captured before the exchange that made its key."""

    spi: int
    packets: int
    first_frame: int
    valid_from: int


class EspOpener:
    """Holds the ESP keys: the user's, and those derived from IKE SAs as they are negotiated."""

    def __init__(self, material: KeyMaterial, ike: IkeOpener) -> None:
        self._ike = ike
        self._by_spi: dict[int, list[EspKeys]] = {}
        self._any: list[EspKeys] = []
        self._flows: dict[tuple[int, Address, Address], FlowKeys] = {}
        self._keyless: dict[int, tuple[int, int]] = {}  # SPI: packets for which there was no key, first of them
        self._failures: dict[int, int] = {}  # SPI: packets that no candidate opened
        self._underivable: dict[int, Sealed] = {}
        self.late: list[LateKey] = []
        self.add(material)

    def add(self, material: KeyMaterial) -> None:
        """More keys, perhaps while a capture goes on: packets that none has opened are tried with them."""
        for keys in material.esp:
            if keys.spi is None:
                self._any.append(keys)
            else:
                self._by_spi.setdefault(keys.spi, []).append(keys)
        self._failures.clear()

    def verified(self) -> Iterator[tuple[int, Address, Address, EspKeys]]:
        """The keys that have opened packets, by SPI, source and destination."""
        for where, flow in self._flows.items():
            yield *where, flow.keys

    def open(self, packet: EspPacket, source: Address, destination: Address, frame: int) -> OpenedEsp | Sealed:
        """What is inside, or why it stays closed."""
        where = (packet.spi, source, destination)
        known = self._flows.get(where)
        if known is not None:
            opened = open_esp(packet, known.keys, sequence_high=known.high)
            if isinstance(opened, OpenedEsp):
                known.high = opened.sequence_high
                return opened
        opened = self._search(packet, source, destination, known.keys if known else None)
        if isinstance(opened, Sealed):
            plain = guess_null(packet) if opened.reason is SealReason.NO_KEY else None
            if plain is not None:
                return plain  # NULL encryption (RFC 2410) needs no key to be read, only to be checked
            self._note_failure(packet.spi, opened, frame)
        return opened

    def _note_failure(self, spi: int, sealed: Sealed, frame: int) -> None:
        if spi in self._failures or len(self._failures) < MOST_FLOWS:
            self._failures[spi] = self._failures.get(spi, 0) + 1
        if sealed.reason is SealReason.NO_KEY and (spi in self._keyless or len(self._keyless) < MOST_FLOWS):
            count, first = self._keyless.get(spi, (0, frame))
            self._keyless[spi] = (count + 1, first)

    def _search(
        self, packet: EspPacket, source: Address, destination: Address, failed: EspKeys | None
    ) -> OpenedEsp | Sealed:
        worst: Sealed | None = None
        for keys in self._candidates(packet.spi, source, destination):
            opened = open_esp(packet, keys)
            if isinstance(opened, OpenedEsp):
                if opened.icv_ok is None and not _plausible(opened):
                    worst = worst or Sealed(SealReason.MALFORMED, "decrypted with an unauthenticated key, but nonsense")
                    continue
                if len(self._flows) >= MOST_FLOWS:
                    del self._flows[next(iter(self._flows))]
                self._flows[packet.spi, source, destination] = FlowKeys(keys, opened.sequence_high)
                return opened
            if worst is None or opened.reason is SealReason.ICV_MISMATCH:
                worst = opened
        no_key = Sealed(SealReason.NO_KEY, f"no key for SPI 0x{packet.spi:08x}")
        return worst or self._underivable.get(packet.spi) or no_key

    def _candidates(self, spi: int, source: Address, destination: Address) -> list[EspKeys]:
        keys = [*self._by_spi.get(spi, ()), *self._any]
        if len(keys) > 1:
            keys.sort(key=lambda k: _distance(k, source, destination))
        return keys[: FEW if self._failures.get(spi, 0) > MOST_FAILURES else MOST_CANDIDATES]

    def learn(self, child: ChildSa, frame: int) -> None:
        """Derives the keys of a CHILD SA that was just made, if its IKE SA's SK_d is known."""
        found = list(self._derive(child, frame))
        for keys in found:
            spi = keys.spi or 0
            # The newest first: an SPI may be used again later in the capture.
            self._by_spi.setdefault(spi, []).insert(0, keys)
        for spi in {keys.spi for keys in found if keys.spi is not None}:
            self._failures.pop(spi, None)
            if spi in self._keyless:
                self.late.append(LateKey(spi, *self._keyless.pop(spi), frame))

    def forget(self, child: ChildSa) -> None:
        """The session of a CHILD SA is over: what was derived for it goes. The user's keys stay."""
        for spi in (child.spi_i, child.spi_r):
            self._underivable.pop(spi, None)
            left = [keys for keys in self._by_spi.get(spi, ()) if not _is_of(keys, child)]
            if left:
                self._by_spi[spi] = left
            else:
                self._by_spi.pop(spi, None)

    def _derive(self, child: ChildSa, frame: int) -> Iterator[EspKeys]:
        sa = child.ike_sa
        keys = self._ike.keys_of(sa)
        prf = self._ike.prf_of(sa)
        try:
            spec = cipher_spec_of(child.proposal)
        except UnsupportedAlgorithm as unsupported:
            self._cannot(child, SealReason.UNSUPPORTED, f"algorithm not supported: {unsupported}")
            return
        if keys is None or not keys.sk_d or prf is None:
            return
        if changes_derivation(sa):
            self._cannot(child, SealReason.DERIVATION, "derivation not supported: PPK or IKE_INTERMEDIATE was used")
            return
        for secret in self._secrets(child):
            to_responder, to_initiator = child_keys(prf, keys.sk_d, *child.nonces, spec, secret)
            yield self._keys(child, child.spi_r, spec, to_responder, frame)
            yield self._keys(child, child.spi_i, spec, to_initiator, frame)

    def _secrets(self, child: ChildSa) -> list[bytes]:
        """The new Diffie-Hellman secrets to try with PFS; without it there is one way only."""
        ke = child.response.message.first(KeyExchange)
        if ke is None or child.response is child.ike_sa.established or child.request is None:
            return [b""]
        if child.request.message.first(KeyExchange) is None:
            return [b""]
        fitting = [s for s in self._ike.secrets if len(s) in (len(ke.data), len(ke.data) // 2)]
        if not fitting:
            self._cannot(child, SealReason.NO_KEY, "no key: the CHILD SA was made with PFS and its secret is not given")
        return fitting[-MOST_CANDIDATES:]

    def _cannot(self, child: ChildSa, reason: SealReason, detail: str) -> None:
        for spi in (child.spi_i, child.spi_r):
            self._underivable[spi] = Sealed(reason, f"{detail} (SPI 0x{spi:08x})")

    def _keys(self, child: ChildSa, spi: int, spec: CipherSpec, pair: tuple[bytes, bytes], frame: int) -> EspKeys:
        esn = any(t.id == EsnId.ESN for t in child.proposal.of(TransformType.ESN))
        return EspKeys(
            spi, spec, key=pair[0], integrity_key=pair[1], esn=esn, valid_from=frame, origin=f"derived in frame {frame}"
        )


def _is_of(keys: EspKeys, child: ChildSa) -> bool:
    return bool(keys.valid_from) and keys.valid_from == child.response.frame


def _distance(keys: EspKeys, source: Address, destination: Address) -> int:
    """How badly the addresses fit: 0 both, 2 one, 4 none; a wildcard SPI comes after a named one."""
    misfit = sum(2 for hint, seen in ((keys.source, source), (keys.destination, destination)) if not _fits(hint, seen))
    return misfit + (keys.spi is None)


def _fits(hint: tuple[Address, int] | None, seen: Address) -> bool:
    if hint is None:
        return True
    address, bits = hint
    if address.version != seen.version:
        return False
    return address == seen if bits == address.max_prefixlen else seen in ip_network((address, bits), strict=False)


def _plausible(opened: OpenedEsp) -> bool:
    return opened.padding_ok and opened.next_header in PLAUSIBLE_NEXT_HEADERS
