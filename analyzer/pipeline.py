"""The way from a capture to results: chunks are triaged in bulk, the frames that matter are decoded one by one.

User data in tunnels is summed between them, and the sums are handed on before the frame that ends them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from analyzer.capture.chunk import Chunk
from analyzer.capture.source import CaptureSource
from analyzer.collecting import seldom
from analyzer.decoder import MAJOR_VERSION, Decoder
from analyzer.gaps import OpenGap, Summed, cuts_by_number, gaps
from analyzer.packets import Packet
from analyzer.pco_source import PcoSource
from analyzer.results import Closed, Counts, Results, States
from analyzer.sides import UE_SIDE, Sides
from dissectors.events import Event, Sealed, SealReason
from dissectors.keymat import KeyMaterial
from dissectors.pco_carriers import PcoMessage
from dissectors.stack import Carried
from dissectors.triage import Classes, Flags, FrameClass, Places, triage, tunnel_segments
from rules.engine import Engine
from rules.flow_routing import MOST_PACKETS
from rules.ledger import ledger, load_rules
from rules.model import Finding, Role
from rules.profile import Profile
from rules.session import World
from rules.tally import Tallies, Verdicts

SIGNALLING = (
    FrameClass.IKE,
    FrameClass.ESP,
    FrameClass.KEEPALIVE,
    FrameClass.MOBILITY,
    FrameClass.DSMIPV6_SIGNALLING,
    FrameClass.DHCPV4,
    FrameClass.DHCPV6,
    FrameClass.DNS,
    FrameClass.ICMPV6,
    FrameClass.FRAGMENT,
)
"""The classes whose frames are decoded; of the others, user data in tunnels is summed and the rest counted."""

MOST_REASONS = 1000
"""Reasons for staying closed that are told apart; a hostile capture may hold a new SPI in every packet."""


class Run:
    """One pass over captures: iterate ``packets()`` to the end (or part of the way), then take ``results()``.

    A packet's message is its session's as well, which lets go of its long bytes when it has been quiet for a while: who
    keeps packets says so with ``keeps_packets``.
    """

    def __init__(
        self,
        source: CaptureSource,
        material: KeyMaterial | None = None,
        profile: Profile | None = None,
        *,
        judge: bool = True,
        sides: Sides | None = None,
        keeps_packets: bool = False,
    ) -> None:
        self.source = source
        self.material = material or KeyMaterial()
        self.world = World(profile=profile or Profile())
        self.counts = Counts()
        self.engine: Engine | None = None
        if judge:
            load_rules()
            self.engine = Engine(self.world)
        self.decoder = Decoder(self.material, self.world, self._judge if judge else None)
        self.decoder.sightings.sides = sides
        self.world.both_ends = sides is not None
        self.decoder.teller.lifetimes.lightens = not keeps_packets
        self.decoder.teller.lifetimes.engine = self.engine
        self.pco = PcoSource()
        self.on_chunk: Callable[[Chunk, Classes], None] | None = None  # shown every chunk with its classes
        self._gap = OpenGap()
        self._closed: dict[tuple[object, str], Closed] = {}
        self._started = time.perf_counter()

    def _judge(self, event: Any, context: Any) -> None:
        assert self.engine is not None
        self.engine.feed(event, context)

    def packets(self, classes: Iterable[FrameClass] = SIGNALLING, *, also: int | None = None) -> Iterator[Packet]:
        """Every packet of the wanted classes (and frame ``also``, of whatever class), decoded and told in order."""
        with seldom():
            yield from self._packets(classes, also)

    def _packets(self, classes: Iterable[FrameClass], also: int | None) -> Iterator[Packet]:
        wanted = np.zeros(256, dtype=bool)
        wanted[[int(c) for c in classes]] = True
        totals = np.zeros(256, dtype=np.int64)
        for chunk in self.source:
            if not len(chunk):
                continue
            network = np.full(len(chunk), -1, np.int16)
            kinds = triage(chunk.data, chunk.offset, chunk.captured, chunk.link_type, network=network)
            if self.decoder.sightings.sides is not None:  # user data counts once, with the addresses that the HA sees
                kinds[(chunk.file == UE_SIDE) & (kinds == FrameClass.TUNNEL_DATA)] = FrameClass.OTHER
            totals += np.bincount(kinds, minlength=256)
            self._count(chunk, totals)
            if self.on_chunk is not None:
                self.on_chunk(chunk, kinds)
            chosen = wanted[kinds]
            if also is not None and chunk.first <= also < chunk.first + len(chunk):
                chosen[also - chunk.first] = True
            yield from self._in_order(chunk, kinds, network, chosen)
        self._end_gap()

    def _in_order(self, chunk: Chunk, kinds: Classes, network: Places, chosen: Flags) -> Iterator[Packet]:
        """The chosen frames, and before each of them the user data that ended by then."""
        rows = np.flatnonzero(chosen)
        signalling = rows[kinds[rows] != FrameClass.TUNNEL_DATA]
        cuts = np.union1d(signalling, cuts_by_number(chunk))
        told = deque(self._pco(chunk, kinds))
        waiting = deque(rows.tolist())
        for end, segments in gaps(chunk, tunnel_segments(chunk, kinds, network, cuts), cuts):
            for segment in segments:
                self._gap.add(chunk, segment)
            while waiting and waiting[0] < end:  # user data that is asked for one by one ends no sum
                yield self._decode(chunk, waiting.popleft())
            if end < len(chunk):
                self._end_gap()
            while told and told[0].frame < chunk.first + end:
                self.decoder.pco(told.popleft())
        for event in told:
            self.decoder.pco(event)

    def _end_gap(self) -> None:
        """A signalling frame or the end of the capture ends what is summed."""
        for summed in self._gap.close():
            self._hand_on(summed)

    def _pco(self, chunk: Chunk, kinds: Classes) -> list[Event[PcoMessage]]:
        """What the chunk's frames tell of PCO; only rules ask for it."""
        if self.engine is None:
            return []
        events = self.pco.events(chunk, kinds)
        self.world.pco.blind = self.pco.blindness
        return events

    def _hand_on(self, summed: Summed) -> None:
        """User data to the decoder as a sum; then, if it wants that, packet by packet as well."""
        tunnels = self.decoder.tunnels
        tunnels.add(summed.segment)
        if not tunnels.wants_packets(summed.segment):
            return
        for chunk, index in islice(summed.each(), MOST_PACKETS):
            tunnels.packet(
                chunk.first + index,
                int(chunk.at[index]),
                chunk.frame(index),
                int(chunk.link_type[index]),
                length=int(chunk.length[index]),
            )

    def _count(self, chunk: Chunk, totals: Any) -> None:
        evidence = self.world.evidence
        if not self.counts.frames:
            evidence.first_at = int(chunk.at[0])
        evidence.last_at = max(evidence.last_at, int(chunk.at.max()))
        self.counts.frames += len(chunk)
        self.counts.bytes += int(chunk.length.sum())
        self.counts.cut += int((chunk.captured < chunk.length).sum())
        self.counts.by_class = {kind.name: int(totals[kind]) for kind in FrameClass if totals[kind]}

    def _decode(self, chunk: Chunk, index: int) -> Packet:
        packet = self.decoder.decode(
            chunk.first + index,
            int(chunk.at[index]),
            chunk.frame(index),
            int(chunk.link_type[index]),
            length=int(chunk.length[index]),
            side=int(chunk.file[index]) if self.decoder.sightings.sides else -1,
        )
        self._tally(packet)
        return packet

    def _tally(self, packet: Packet) -> None:
        counts, carried = self.counts, packet.stack.carried
        counts.ike += carried is Carried.IKE
        counts.esp += carried is Carried.ESP
        counts.other_versions += carried is Carried.IKE and packet.message.version >> 4 != MAJOR_VERSION
        fault = packet.stack.malformed or getattr(packet.message, "malformed", None)
        counts.malformed += fault is not None
        protected = carried is Carried.ESP or (
            carried is Carried.IKE and getattr(packet.message, "encrypted", None) is not None
        )
        counts.protected += protected
        if packet.sealed is not None:
            self._note_closed(packet.sealed, packet.number)
        elif protected:
            counts.opened += 1

    def _note_closed(self, sealed: Sealed, frame: int) -> None:
        key = (sealed.reason, sealed.detail)
        if len(self._closed) >= MOST_REASONS and key not in self._closed:
            key = (sealed.reason, f"{sealed.reason.value} (others)")
        known = self._closed.get(key)
        if known is None:
            self._closed[key] = Closed(sealed.reason, key[1], 1, frame)
        else:
            known.packets += 1

    def late_keys(self) -> list[str]:
        """Which packets stayed closed because the exchange that made their key was captured after them."""
        return [
            f"{late.packets} packets from frame {late.first_frame} on stay closed: "
            f"the key of SPI 0x{late.spi:08x} is valid only from frame {late.valid_from}"
            for late in self.decoder.esp.late
        ]

    @seldom()
    def results(self) -> Results:
        """What the run found; ends it. Rules that still wait are settled by the end of the capture."""
        self.decoder.finish()
        self.world.evidence.drops = self.source.drops + self.decoder.lost_datagrams.count
        self.world.evidence.last_at = max(self.world.evidence.last_at, self.source.ended_at)
        if self.engine is not None:
            self.engine.finish()
        return self._gathered()

    @seldom()
    def so_far(self) -> Results:
        """What the run has found by now, to be read before it goes on. What is owed is not judged yet."""
        return self._gathered()

    def _gathered(self) -> Results:
        lost = self.decoder.lost_datagrams.count
        self.counts.drops, self.counts.incomplete_datagrams = self.source.drops, lost
        warnings = [*map(str, self.source.warnings), *filter(None, (self.world.pco.blind,))]
        findings, verdicts, tallies, states = self._judged()
        self.counts.copies, self.counts.late = self.decoder.sightings.copies, self.decoder.teller.late
        self.counts.incomplete_fragments = self.decoder.fragments.incomplete
        return Results(
            files=tuple(self.source.files),
            world=self.world,
            profile=self.world.profile,
            counts=replace(self.counts),
            material=self.material,
            findings=findings,
            verdicts=verdicts,
            tallies=tallies,
            ledger=ledger(),
            closed=self._closed_for_good(),
            warnings=warnings,
            states=states,
            sides=str(self.decoder.sightings.sides or ""),
            seconds=time.perf_counter() - self._started,
        )

    def _judged(self) -> tuple[list[Finding], Verdicts, Tallies, dict[int, States]]:
        """What the engine says of every session."""
        if self.engine is None:
            nothing = Tallies(())
            return [], nothing.worst(), nothing, {}
        tallies = self.engine.tally
        verdicts = tallies.worst()
        states = {}
        for session in self.world.sessions:
            machines = self.engine.machines_of(session.number)
            if machines is not None:
                ue, ha = (tuple(machines.words(role)) for role in (Role.UE, Role.HA))
                states[session.number] = States(ue, ha)
        return list(self.engine.findings), verdicts, tallies, states

    def _closed_for_good(self) -> list[Closed]:
        """The reasons; for packets captured before the exchange that made their key, that is the reason."""
        closed = {key: replace(value) for key, value in self._closed.items()}
        for late in self.decoder.esp.late:
            detail = f"SPI 0x{late.spi:08x}: the key is valid only from frame {late.valid_from}"
            reason = SealReason.NOT_YET_VALID
            known = closed.get((SealReason.NO_KEY, f"no key for SPI 0x{late.spi:08x}"))
            if known is not None:
                known.packets -= late.packets
            closed[reason, detail] = Closed(reason, detail, late.packets, late.first_frame)
        return [c for c in closed.values() if c.packets > 0]


def analyze(paths: list[str | Path], material: KeyMaterial | None = None, profile: Profile | None = None) -> Results:
    """Reads, decodes, opens, replays and judges captures. Raises ``CaptureError`` for what is no capture."""
    with CaptureSource(paths) as source:
        run = Run(source, material, profile)
        for _ in run.packets():
            pass
        return run.results()
