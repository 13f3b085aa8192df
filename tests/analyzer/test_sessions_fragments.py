"""IKE fragments (RFC 7383) as a capture may hold them: out of order, twice, cut anew, never all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from edited_captures import (
    MILLISECOND,
    SECOND,
    analyzed,
    findings_of,
    frames_of,
    later,
    packets_of,
    sample,
    sample_keys,
    saved,
)

from analyzer.packets import Packet
from analyzer.results import Results
from dissectors.events import SealReason
from rules.model import Verdict
from samples.generator.pcap import Frame

NAME = "attach-clean-ipv4"
Edit = Callable[[list[Frame], list[int]], list[Frame]]


def fragment_places() -> list[list[int]]:
    """Indexes of the frames of each fragmented message, told by the Next Payload 53 of the IKE header."""
    places: dict[bytes, list[int]] = {}
    for n, frame in enumerate(frames_of(sample(NAME))):
        ike = frame.data[14 + 20 + 8 + 4 :]
        if frame.data[23] == 17 and frame.data[42:46] == bytes(4) and len(ike) > 36 and ike[16] == 53:
            places.setdefault(ike[:24], []).append(n)
    return list(places.values())


def run(tmp_path: Path, frames: list[Frame]) -> tuple[list[Packet], Results]:
    return packets_of(saved(tmp_path / "edited.pcap", frames), [sample_keys(NAME)])


def test_the_sample_has_fragments() -> None:
    assert [len(group) for group in fragment_places()] == [3]


def _swapped(frames: list[Frame], group: list[int]) -> list[Frame]:
    first, last = group[0], group[-1]
    out = list(frames)
    out[first], out[last] = Frame(out[first].at, out[last].data), Frame(out[last].at, out[first].data)
    return out


def _doubled(frames: list[Frame], group: list[int]) -> list[Frame]:
    """One fragment once more, 40 ms later: no copy of the capture, and the message is whole by then."""
    extra = Frame(frames[group[1]].at + 40 * MILLISECOND, frames[group[1]].data)
    return sorted([*frames, extra], key=lambda f: f.at)


@pytest.mark.parametrize("edit", [_swapped, _doubled])
def test_fragments_out_of_order_or_twice_say_the_same(tmp_path: Path, edit: Edit) -> None:
    frames = frames_of(sample(NAME))
    _, results = run(tmp_path, edit(frames, fragment_places()[0]))
    assert results.counts.incomplete_fragments == 0
    assert results.verdicts == analyzed(sample(NAME), [sample_keys(NAME)]).verdicts
    assert results.failures == []


def test_a_whole_message_sent_again_in_fragments_is_one_retransmission(tmp_path: Path) -> None:
    frames = frames_of(sample(NAME))
    group = fragment_places()[0]
    again = [Frame(frames[n].at + 2 * SECOND, frames[n].data) for n in group]
    frames = sorted([*frames, *again], key=lambda f: f.at)
    packets, results = run(tmp_path, frames)
    repeats = [p.event for p in packets if p.event and p.event.repeats]
    assert [(len(e.frames), e.repeats) for e in repeats] == [(3, group[-1] + 1)]
    assert results.failures == []


def test_a_message_that_misses_a_fragment_is_sealed_and_fails_nobody(tmp_path: Path) -> None:
    """The first IKE_AUTH response lacks its middle: the HA did answer, though nobody can say what."""
    frames = frames_of(sample(NAME))
    del frames[fragment_places()[0][1]]
    _, results = run(tmp_path, frames)
    assert results.counts.incomplete_fragments == 1
    assert results.failures == []
    (session,) = results.sessions
    sealed = [e.message.sealed for e in session.ike_sas[0].auth_responses if e.message.sealed]
    assert [s.reason for s in sealed] == [SealReason.FRAGMENT_MISSING]
    assert sealed[0].detail == "fragment missing: 2 of 3 was not captured"
    doubts = {f.rule for f in results.findings if f.verdict is Verdict.INCONCLUSIVE and "fragment" in f.reason}
    assert "HA-5.1.2.2-09" in doubts  # the HA's certificate and AUTH were in there


def test_a_lost_fragment_that_comes_with_the_next_sending_completes_the_message(tmp_path: Path) -> None:
    """The HA answers the repeated request with the same fragments; the UE goes on only after that."""
    frames = frames_of(sample(NAME))
    group = fragment_places()[0]
    after = group[-1] + 1
    again = [Frame(frames[n].at + 2 * SECOND, frames[n].data) for n in group]
    kept = [f for n, f in enumerate(frames[:after]) if n != group[1]]
    packets, results = run(tmp_path, [*kept, *again, *later(frames[after:], 2 * SECOND)])
    (whole,) = [p.event for p in packets if p.event and len(p.event.frames) == 3]
    assert whole.message.inner
    assert whole.repeats == 0
    assert results.counts.incomplete_fragments == 0
    assert results.failures == []


def test_fragments_whose_numbers_lie_are_left_alone(tmp_path: Path) -> None:
    """Fragment 0 of 3, 9 of 3 and 1 of 65535: none is any message's."""
    frames = frames_of(sample(NAME))
    index = fragment_places()[0][0]
    at = 14 + 20 + 8 + 4 + 28 + 4
    for number, total in ((0, 3), (9, 3), (1, 65535)):
        data = frames[index].data
        data = data[:at] + number.to_bytes(2) + total.to_bytes(2) + data[at + 4 :]
        edited = [*frames[:index], Frame(frames[index].at, data), *frames[index + 1 :]]
        packets, results = run(tmp_path, edited)
        assert len(packets) == len(packets_of(sample(NAME))[0])
        assert results.failures == []


def test_chunking_changes_nothing_about_fragments(tmp_path: Path) -> None:
    frames = frames_of(sample(NAME))
    del frames[fragment_places()[0][1]]
    path = saved(tmp_path / "edited.pcap", frames)
    keys = [sample_keys(NAME)]
    assert findings_of(analyzed(path, keys, chunk_frames=1)) == findings_of(analyzed(path, keys))
