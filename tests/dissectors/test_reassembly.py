"""Reassembly: what is put together, what is refused, and that nothing grows without bound."""

from __future__ import annotations

import itertools
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ip_frames import HA4, UE4

from dissectors.reassembly import DISAGREE, OVERLAP, Datagram, Fragment, Key, Reassembly

KEY: Key = (UE4, HA4, 7, 17)
SECOND = 1_000_000_000


def _key(number: int) -> Key:
    return (UE4, HA4, number, 17)


def _cut(data: bytes, *places: int) -> list[Fragment]:
    """The datagram cut at places that are multiples of 8."""
    bounds = [0, *places, len(data)]
    return [
        Fragment(a, b < len(data), 17, data[a:b]) for a, b in itertools.pairwise(bounds)
    ]  # fmt: skip


def _feed(reassembly: Reassembly, fragments: list[Fragment]) -> list[Datagram | str | None]:
    return [reassembly.add(KEY, fragment, number, 0) for number, fragment in enumerate(fragments, 1)]


def test_a_datagram_is_whole_with_its_last_missing_fragment_in_any_order() -> None:
    data = bytes(range(100))
    first, second, third = _cut(data, 24, 64)
    for order in ([first, second, third], [third, first, second], [second, third, first]):
        assert _feed(Reassembly(), order) == [None, None, Datagram(data, 17, (1, 2, 3))]


def test_the_protocol_is_that_of_the_fragment_at_the_front() -> None:
    reassembly = Reassembly()
    reassembly.add(KEY, Fragment(8, False, 99, b"end"), 1, 0)
    whole = reassembly.add(KEY, Fragment(0, True, 50, bytes(8)), 2, 0)
    assert isinstance(whole, Datagram)
    assert whole.protocol == 50


def test_datagrams_with_other_identifications_do_not_mix() -> None:
    reassembly = Reassembly()
    first, second = _cut(b"abcdefgh12345678", 8)
    assert reassembly.add(_key(1), first, 1, 0) is None
    assert reassembly.add(_key(2), second, 2, 0) is None
    assert reassembly.waiting == 2


def test_a_copy_of_a_fragment_changes_nothing() -> None:
    first, second, third = _cut(bytes(range(80)), 16, 40)
    results = _feed(Reassembly(), [first, first, second, first, second, third])
    assert results[:5] == [None] * 5
    assert results[5] == Datagram(bytes(range(80)), 17, (1, 3, 6))


def test_overlapping_fragments_that_agree_are_one_datagram() -> None:
    data = bytes(range(96))
    pieces = [Fragment(0, True, 17, data[:40]), Fragment(24, True, 17, data[24:72]), Fragment(64, False, 17, data[64:])]
    assert _feed(Reassembly(), pieces)[-1] == Datagram(data, 17, (1, 2, 3))


def test_overlapping_fragments_that_differ_drop_the_datagram_for_good() -> None:
    reassembly = Reassembly()
    results = _feed(
        reassembly,
        [Fragment(0, True, 17, b"A" * 24), Fragment(16, True, 17, b"B" * 16), Fragment(24, False, 17, b"C" * 8)],
    )
    assert results == [None, OVERLAP, None]
    assert (reassembly.overlapping, reassembly.waiting) == (1, 0)


def test_an_overlap_is_seen_from_either_side() -> None:
    early, late = Fragment(0, True, 17, b"A" * 24), Fragment(16, True, 17, b"B" * 16)
    assert _feed(Reassembly(), [late, early]) == [None, OVERLAP]
    assert _feed(Reassembly(), [early, late]) == [None, OVERLAP]


@pytest.mark.parametrize(
    "fragments",
    [
        [Fragment(8, False, 17, b"end"), Fragment(16, True, 17, bytes(8))],
        [Fragment(8, False, 17, b"end"), Fragment(16, False, 17, b"another end")],
        [Fragment(16, True, 17, bytes(8)), Fragment(0, False, 17, b"end")],
        [Fragment(0, True, 17, bytes(16)), Fragment(8, False, 17, bytes(8))],
        [Fragment(8, False, 17, bytes(8)), Fragment(0, True, 17, bytes(16))],
    ],
)
def test_fragments_that_disagree_about_the_end_drop_the_datagram(fragments: list[Fragment]) -> None:
    assert _feed(Reassembly(), fragments)[1] == DISAGREE


@pytest.mark.parametrize(
    ("fragment", "reason"),
    [
        (Fragment(0, True, 17, b""), "fragment without data"),
        (Fragment(0, True, 17, bytes(12)), "fragment of 12 bytes, not a multiple of 8, has more behind it"),
        (Fragment(65528, False, 17, bytes(8)), "fragment reaches beyond 65535 bytes"),
    ],
)
def test_a_fragment_that_no_receiver_takes_is_refused_and_not_kept(fragment: Fragment, reason: str) -> None:
    reassembly = Reassembly()
    assert reassembly.add(KEY, fragment, 1, 0) == reason
    assert reassembly.waiting == 0


def test_what_does_not_complete_in_30_seconds_of_capture_time_expires() -> None:
    reassembly = Reassembly()
    first, second = _cut(b"abcdefgh12345678", 8)
    reassembly.add(_key(1), first, 1, 100 * SECOND)
    assert reassembly.add(_key(1), second, 2, 131 * SECOND) is None
    assert (reassembly.expired, reassembly.waiting) == (1, 1)
    assert isinstance(reassembly.add(_key(1), first, 3, 132 * SECOND), Datagram)


def test_a_fragment_from_long_before_the_first_does_not_join_it() -> None:
    reassembly = Reassembly()
    first, second = _cut(b"abcdefgh12345678", 8)
    reassembly.add(KEY, first, 1, 100 * SECOND)
    assert reassembly.add(KEY, second, 2, 10 * SECOND) is None
    assert reassembly.expired == 1


def test_a_fragment_captured_twice_after_its_datagram_was_done_opens_nothing() -> None:
    reassembly = Reassembly()
    fragments = _cut(bytes(range(80)), 40)
    _feed(reassembly, fragments)
    assert _feed(reassembly, fragments) == [None, None]
    assert reassembly.waiting == 0


def test_an_identification_used_again_makes_a_new_datagram() -> None:
    reassembly = Reassembly()
    _feed(reassembly, _cut(bytes(80), 40))
    assert _feed(reassembly, _cut(b"\1" * 80, 40))[1] == Datagram(b"\1" * 80, 17, (1, 2))


def test_the_oldest_make_room_for_the_newest() -> None:
    reassembly = Reassembly(most_datagrams=10)
    for number in range(25):
        reassembly.add(_key(number), Fragment(0, True, 17, bytes(8)), number, number)
    assert (reassembly.waiting, reassembly.expired) == (10, 15)
    assert isinstance(reassembly.add(_key(24), Fragment(8, False, 17, b"end"), 99, 99), Datagram)


def test_bytes_kept_are_bounded_even_by_fragments_at_far_offsets() -> None:
    reassembly = Reassembly(most_bytes=200_000)
    for number in range(1000):
        reassembly.add(_key(number), Fragment(65000, True, 17, bytes(8)), number, 0)
        assert sum(len(w.data) for w in reassembly._waiting.values()) <= 200_000
    assert reassembly.expired == 997


def test_datagrams_that_are_done_or_dropped_make_room() -> None:
    reassembly = Reassembly(most_bytes=1000)
    for number in range(50):
        reassembly.add(_key(number), Fragment(0, True, 17, bytes(400)), number, 0)
        second = Fragment(400, False, 17, b"x" * 400) if number % 2 else Fragment(0, True, 17, b"x" * 400)
        reassembly.add(_key(number), second, number, 0)
    assert (reassembly.expired, reassembly.overlapping, reassembly._bytes) == (0, 25, 0)


def test_copies_without_end_do_not_grow_the_list_of_frames() -> None:
    reassembly = Reassembly()
    for number in range(5000):
        reassembly.add(KEY, Fragment(8, True, 17, bytes(8)), number, 0)
    (waiting,) = reassembly._waiting.values()
    assert waiting.frames == [0]
    assert sys.getsizeof(waiting.starts) < 200


@given(st.binary(min_size=16, max_size=600), st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_any_cut_in_any_order_with_copies_gives_the_datagram_back(data: bytes, chance: random.Random) -> None:
    places = sorted({8 * chance.randrange(1, (len(data) + 7) // 8) for _ in range(chance.randrange(1, 9))})
    fragments = _cut(data, *[p for p in places if p < len(data)])
    fragments += chance.sample(fragments, len(fragments) // 2)
    chance.shuffle(fragments)
    wholes = [r for r in _feed(Reassembly(), fragments) if r is not None]
    assert [(w.data if isinstance(w, Datagram) else w) for w in wholes] == [data]


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.booleans(), st.sampled_from([b"A" * 8, b"B" * 8, b"A" * 16, b"A" * 3])),
        max_size=12,
    )
)
@settings(max_examples=200)
def test_any_fragments_whatever_leave_a_datagram_that_none_of_them_contradicts(
    raw: list[tuple[int, bool, bytes]],
) -> None:
    reassembly = Reassembly()
    fed: list[Fragment] = []
    for number, (units, more, data) in enumerate(raw):
        fed.append(Fragment(8 * units, more, 17, data))
        whole = reassembly.add(KEY, fed[-1], number, 0)
        if isinstance(whole, Datagram):
            parts = [fed[frame] for frame in whole.frames]
            assert all(whole.data[f.offset : f.offset + len(f.data)] == f.data for f in parts)
            assert set(range(len(whole.data))) == {
                at for f in parts for at in range(f.offset, f.offset + len(f.data))
            }  # fmt: skip
            return
