"""The comparison of whole captures: frames are decoded here, then shown to tshark with the keys that opened them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from analyzer.capture.source import CaptureSource
from analyzer.crosscheck.compare import FIELDS, Counts, Difference, compared
from analyzer.crosscheck.ours import Facts, facts_of
from analyzer.packets import Packet
from analyzer.pipeline import Run
from analyzer.tshark import Question, Workspace, ask, find_tshark, workspace
from analyzer.tshark.key_tables import ESP_TABLE, IKE_TABLE, esp_rows, ike_row
from dissectors.keymat import KeyMaterial
from dissectors.stack import Carried
from dissectors.triage import FrameClass

CLASSES = (
    FrameClass.IKE,
    FrameClass.ESP,
    FrameClass.MOBILITY,
    FrameClass.DSMIPV6_SIGNALLING,
    FrameClass.FRAGMENT,
)
QUESTION = Question(
    FIELDS,
    "isakmp || esp || mipv6",
    options=(
        "-d",
        "udp.port==4191,ip",
        "-o",
        "esp.enable_encryption_decode:TRUE",
        "-o",
        "esp.enable_null_encryption_decode_heuristic:FALSE",
    ),
)
"""Port 4191 is one that tshark 4.0 does not know (RFC 5555 section 3.1)."""
BATCH = 20_000
"""Frames that are shown to tshark at once, so that memory and disk stay bounded."""


class CrossCheck:
    """Compares captures; iterate ``differences()`` to the end, then see ``counts``."""

    def __init__(self, source: CaptureSource, material: KeyMaterial) -> None:
        find_tshark()
        self.run = Run(source, material, judge=False)
        self.counts = Counts()

    def differences(self) -> Iterator[Difference]:
        """Every difference, in the order of frames. Raises ``TsharkError`` when tshark does not answer."""
        packets = self.run.packets(CLASSES)
        with ExitStack() as stack:
            space, facts = stack.enter_context(workspace()), list[Facts]()
            for packet in packets:
                _add(space, packet)
                found = facts_of(packet)
                if found is not None:
                    facts.append(found)
                elif packet.stack.carried in (Carried.IKE, Carried.ESP, Carried.MOBILITY):
                    self.counts.left_out += 1
                if len(space.frames) >= BATCH:
                    yield from self._batch(space, facts)
                    stack.close()
                    space, facts = stack.enter_context(workspace()), []
            yield from self._batch(space, facts)

    def _batch(self, space: Workspace, facts: list[Facts]) -> Iterator[Difference]:
        if not facts:
            return
        self._give_keys(space)
        theirs = ask(QUESTION, space)
        packet = next(theirs, None)
        for ours in facts:
            while packet is not None and packet.number < ours.frame:
                packet = next(theirs, None)
            same = packet if packet is not None and packet.number == ours.frame else None
            yield from compared(ours, same, self.counts)
        for _ in theirs:
            pass  # to the end, which tells whether tshark got there

    def _give_keys(self, space: Workspace) -> None:
        decoder = self.run.decoder
        ike = {(sa.initiator_spi, sa.responder_spi): (keys, spec) for sa, keys, spec in decoder.ike.verified()}
        space.setting(IKE_TABLE, "".join(ike_row(*spis, *known) for spis, known in ike.items()))
        space.setting(ESP_TABLE, "".join(esp_rows(decoder.esp.verified())))


def _add(space: Workspace, packet: Packet) -> None:
    space.add(packet.number, packet.at, packet.data, packet.link_type, packet.length)
