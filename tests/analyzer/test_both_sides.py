"""Captures of both ends: one packet is judged once, a loss is told from silence, clocks may differ.

The ladder of bytes comes from a generated attach; the Home Agent's side is the same frames later, by another clock and
through a NAT's eyes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.pipeline import Run
from analyzer.results import Results
from analyzer.sides import pair
from rules.model import Verdict
from samples.generator.pcap import Frame
from tests.analyzer.command_line import CommandLine
from tests.analyzer.edited_captures import MILLISECOND, SECOND, analyzed, frames_of, sample, sample_keys, saved

DELAY = 3 * MILLISECOND
"""The sample is captured at the UE and no answer comes sooner than twice that."""
IKE_PORTS = {(500).to_bytes(2), (4500).to_bytes(2)}
CLOCK = 3 * SECOND
"""The HA's clock is so far ahead."""
NAME = "attach-idr-changed"


def both(folder: Path, *, lost: Sequence[int] = ()) -> tuple[Path, Path]:
    """The frames between UE and HA as each end sees them; ``lost`` are places of frames that the HA never sees."""
    frames = [f for f in frames_of(sample(NAME)) if is_protocol(f)]
    upward = [is_from_ue(f, frames[0]) for f in frames]
    ha = [
        Frame((f.at + DELAY if up else f.at - DELAY) + CLOCK, f.data)
        for n, (f, up) in enumerate(zip(frames, upward, strict=True))
        if n not in lost
    ]
    return saved(folder / "ue.pcap", frames), saved(folder / "ha.pcap", sorted(ha, key=at))


def at(frame: Frame) -> int:
    return frame.at


def is_protocol(frame: Frame) -> bool:
    """IKE over UDP in IPv6, or ESP, also behind destination options or a routing header."""
    ports = {frame.data[54:56], frame.data[56:58]}
    return frame.data[20] in (43, 50, 60) or (frame.data[20] == 17 and bool(ports & IKE_PORTS))


def is_from_ue(frame: Frame, first: Frame) -> bool:
    return frame.data[22:38] == first.data[22:38]


def judged(ue: Path, ha: Path) -> Results:
    sides = pair(ue, ha)
    with CaptureSource([ue, ha], shifts=(0, sides.shift)) as source:
        run = Run(source, load_keys([sample_keys(NAME)]), sides=sides)
        for _ in run.packets():
            pass
        return run.results()


def test_clocks_are_aligned_by_the_packets_on_both_sides(tmp_path: Path) -> None:
    sides = pair(*both(tmp_path))
    assert sides.shift == -CLOCK
    assert sides.round_trip == 2 * DELAY
    assert (sides.only_ue, sides.only_ha) == (0, 0)


def test_the_verdicts_are_those_of_one_capture_and_nothing_counts_twice(tmp_path: Path) -> None:
    ue, ha = both(tmp_path)
    alone = analyzed(ha, [sample_keys(NAME)])
    together = judged(ue, ha)
    assert len(together.sessions) == len(alone.sessions) == 1
    assert [(f.rule, f.expected, f.observed) for f in together.failures] == [
        (f.rule, f.expected, f.observed) for f in alone.failures
    ]
    assert together.verdicts == alone.verdicts
    assert together.tallies == alone.tallies


def test_a_request_that_never_arrived_is_nobodys_fault(tmp_path: Path) -> None:
    """The last request is sent, seen by the UE's capture alone, and never answered."""
    frames = [f for f in frames_of(sample(NAME)) if is_protocol(f)]
    last = max(n for n, f in enumerate(frames) if is_from_ue(f, frames[0]) and f.data[20] == 17)
    ue, ha = both(tmp_path, lost=(last, last + 1))
    kept = [f for f in frames_of(ue) if f.data != frames[last + 1].data]
    end = Frame(kept[-1].at + 100 * SECOND, kept[0].data[:12] + b"\x88\xb5" + bytes(46))  # not IP
    ue = saved(tmp_path / "ue.pcap", [*kept, end])
    ha = saved(tmp_path / "ha.pcap", [*frames_of(ha), Frame(end.at + CLOCK, end.data)])
    by_ue_alone = analyzed(ue, [sample_keys(NAME)])
    assert by_ue_alone.verdicts[1, "RFC7296-04"] is Verdict.FAIL
    assert judged(ue, ha).verdicts[1, "RFC7296-04"] is Verdict.PASS


def test_a_request_that_arrived_and_got_no_answer_still_fails(tmp_path: Path) -> None:
    frames = [f for f in frames_of(sample(NAME)) if is_protocol(f)]
    last = max(n for n, f in enumerate(frames) if is_from_ue(f, frames[0]) and f.data[20] == 17)
    ue, ha = both(tmp_path, lost=(last + 1,))
    kept = [f for f in frames_of(ue) if f.data != frames[last + 1].data]
    end = Frame(kept[-1].at + 100 * SECOND, kept[0].data[:12] + b"\x88\xb5" + bytes(46))
    ue = saved(tmp_path / "ue.pcap", [*kept, end])
    ha = saved(tmp_path / "ha.pcap", [*frames_of(ha), Frame(end.at + CLOCK, end.data)])
    assert judged(ue, ha).verdicts[1, "RFC7296-04"] is Verdict.FAIL


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ue-side", "a.pcap"], "go together"),
        (["--ue-side", "a.pcap", "--ha-side", "b.pcap", "c.pcap"], "no other file"),
        (["--ue-side", "-", "--ha-side", "b.pcap"], "standard input"),
        (["--ue-side", "a.pcap", "--ha-side", "b.pcap"], "a.pcap"),
    ],
)
def test_what_cannot_be_paired_is_one_sentence(dsmip: CommandLine, arguments: list[str], said: str) -> None:
    done = dsmip("analyze", *arguments)
    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_the_command_pairs_and_judges(dsmip: CommandLine, tmp_path: Path) -> None:
    ue, ha = both(tmp_path)
    done = dsmip("analyze", "--ue-side", ue, "--ha-side", ha, "--keys", sample_keys(NAME))
    assert done.status == 1
    assert "HA side's clock is +3.000000 s off" in done.out


def test_what_the_home_agents_side_shows_of_a_nat_is_certain(tmp_path: Path) -> None:
    """Alone, a capture may lie in front of a NAT; with one of each end it does not."""
    name = "dsmip-attach-ipv4"
    alone = analyzed(sample(name), [sample_keys(name)])
    assert alone.verdicts[1, "HA-5.1.3.2-08"] is Verdict.INCONCLUSIVE
    sides = pair(sample(name), sample(name))
    with CaptureSource([sample(name), sample(name)], shifts=(0, sides.shift)) as source:
        run = Run(source, load_keys([sample_keys(name)]), sides=sides)
        for _ in run.packets():
            pass
        together = run.results()
    assert together.failures == []
    assert together.verdicts[1, "HA-5.1.3.2-08"] is Verdict.NOT_APPLICABLE
