"""User data between two signalling frames, summed as one however the capture is cut into chunks.

A chunk of the reader ends where it happens to end, live often after a few frames. So what stands in an open gap waits
for the next chunk; only a signalling frame ends it, or a frame number at which every gap is cut, so that a capture
without signalling needs no memory that grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

import numpy as np

from analyzer.capture.chunk import Chunk, Ints
from dissectors.record import record
from dissectors.tunnels import Encapsulation, TunnelClock, TunnelSegment

SPAN = 65536
"""Every gap is cut before the frames whose number is 1 more than a multiple of it."""


@record
class Summed:
    """One segment, and for its single frames the chunks they stand in."""

    segment: TunnelSegment
    parts: tuple[tuple[Chunk, TunnelSegment], ...]

    def each(self) -> Iterator[tuple[Chunk, int]]:
        """Every frame as its chunk and its place there, in order."""
        for chunk, segment in self.parts:
            for frame in segment.frames:
                yield chunk, frame - chunk.first


class OpenGap:
    """The segments since the last cut, by what their packets have in common."""

    def __init__(self) -> None:
        self._open: dict[tuple[object, ...], list[tuple[Chunk, TunnelSegment]]] = {}

    def add(self, chunk: Chunk, segment: TunnelSegment) -> None:
        """One more part of the gap."""
        self._open.setdefault(_key(segment), []).append((chunk, segment))

    def close(self) -> list[Summed]:
        """What the gap holds, in order of first frames; the next gap is empty."""
        if not self._open:  # as before nearly every frame of a capture that is all signalling
            return []
        summed = [Summed(_joined([s for _, s in parts]), tuple(parts)) for parts in self._open.values()]
        self._open.clear()
        return sorted(_clocked(summed), key=lambda s: s.segment.first_frame)


def cuts_by_number(chunk: Chunk) -> Ints:
    """The places in a chunk at which every gap is cut."""
    first = -(chunk.first - 1) % SPAN
    return np.arange(first, len(chunk), SPAN, dtype=np.int64)


def gaps(chunk: Chunk, segments: Sequence[TunnelSegment], cuts: Ints) -> Iterator[tuple[int, list[TunnelSegment]]]:
    """The chunk's segments by gap: the place of the cut that ends each, ``len(chunk)`` for the open one at the end."""
    ends = [*cuts.tolist(), len(chunk)]
    place = 0
    for end in ends:
        inside: list[TunnelSegment] = []
        while place < len(segments) and segments[place].first_frame < chunk.first + end:
            inside.append(segments[place])
            place += 1
        yield end, inside


def _key(segment: TunnelSegment) -> tuple[object, ...]:
    return KEY(segment)


KEY = attrgetter(
    "outer_source",
    "outer_destination",
    "outer_source_port",
    "outer_destination_port",
    "encapsulation",
    "inner_source",
    "inner_destination",
    "inner_family",
)


def _joined(parts: list[TunnelSegment]) -> TunnelSegment:
    if len(parts) == 1:
        return parts[0]
    first, last = parts[0], parts[-1]
    times = np.concatenate([np.asarray(part.times) for part in parts])
    return replace(
        first,
        last_frame=last.last_frame,
        last_at=last.last_at,
        packets=sum(part.packets for part in parts),
        bytes=sum(part.bytes for part in parts),
        frames=np.concatenate([np.asarray(part.frames) for part in parts]).data,
        times=times.data,
        in_order=bool((times[1:] >= times[:-1]).all()),
    )


def _clocked(summed: list[Summed]) -> Iterator[Summed]:
    """Each segment in UDP is told when its whole tunnel was used: a NAT does not look inside."""
    tunnels: dict[tuple[object, ...], list[Summed]] = {}
    for each in summed:
        in_udp = each.segment.encapsulation in (Encapsulation.UDP, Encapsulation.UDP_TLV)
        tunnels.setdefault(ENDS(each.segment) if in_udp else (id(each),), []).append(each)
    for together in tunnels.values():
        clock = _clock([each.segment for each in together]) if len(together) > 1 else None
        for each in together:
            yield replace(each, segment=replace(each.segment, beside=clock)) if clock else each


ENDS = attrgetter("outer_source", "outer_destination", "outer_source_port", "outer_destination_port")


def _clock(segments: list[TunnelSegment]) -> TunnelClock:
    times = np.concatenate([np.asarray(segment.times) for segment in segments])
    frames = np.concatenate([np.asarray(segment.frames) for segment in segments])
    order = np.lexsort((frames, times))
    return TunnelClock(frames[order].data, times[order].data, all(segment.in_order for segment in segments))
