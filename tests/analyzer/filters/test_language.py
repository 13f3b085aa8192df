"""What filters mean, on packets of a sample whose story is written down (``samples/dsmip-attach-nat``)."""

from __future__ import annotations

import string
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packets import sample

from analyzer.filters import FilterError, FrameFacts, compile_filter
from analyzer.packets import Packet
from rules.model import Finding, Verdict

NAME = "dsmip-attach-nat"
UPDATES, ACKS, INIT = [13, 23], [14, 24], [1, 2]


def chosen(text: str, packets: Sequence[Packet] | None = None) -> list[int]:
    compiled = compile_filter(text)
    return [packet.number for packet in packets or sample(NAME) if compiled.matches(packet)]


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("mip6", UPDATES[:1] + ACKS[:1] + UPDATES[1:] + ACKS[1:]),
        ("mip6.bu", UPDATES),
        ("mip6.ba.status", ACKS),
        ("isakmp.exchangetype == IKE_SA_INIT", INIT),
        ('isakmp.exchangetype == "ike-sa-init"', INIT),
        ("isakmp.exchangetype == 042", INIT),
        ("isakmp.exchangetype == 0b100010", INIT),
        ("isakmp.exchangetype in {34 36..37} and frame.number < 10", INIT),
        ("frame.number not in {3..1000}", INIT),
        ("frame.number == 1 xor frame.number in {1 2}", [2]),
        ("frame.number == 1 || frame.number == 2 && frame.number == 3", [1]),
        ("(frame.number == 1 || frame.number == 2) && frame.number == 2", [2]),
        ("not not frame.number == 2", [2]),
        ("!frame.number == 2 and frame.number < 3", [1]),
        ("encapsulation == udp && mip6", [13, 14, 23, 24]),
        ('role.src == "HoA" && mip6', UPDATES),
        ("sender == HA && mip6", ACKS),
        ("session.ue == 203.0.113.5 && mip6.bu", UPDATES),
        ("session.ue == 203.0.113.0/24 && session.ha == 192.0.2.1 && mip6.bu", UPDATES),
        ('session.nai contains "mnc001.mcc001" and mip6.bu', UPDATES),
        ("mip6.flow", []),
        ("", [packet.number for packet in sample(NAME)]),
    ],
)
def test_a_filter_lets_these_frames_through(text: str, frames: list[int]) -> None:
    assert chosen(text) == frames


def test_of_several_values_one_is_enough_but_unequal_means_all() -> None:
    """A Binding Update has two IPv6 headers' worth of addresses: 2001:db8:1:2::10 to 2001:db8:ffff::1."""
    address = "2001:db8:ffff::1"
    assert chosen(f"mip6.bu && ipv6.addr == {address}") == UPDATES
    assert chosen(f"mip6.bu && ipv6.addr != {address}") == []
    assert chosen(f"mip6.bu && ipv6.addr !== {address}") == UPDATES
    assert chosen(f"mip6.bu && !(ipv6.addr == {address})") == []
    assert chosen(f"mip6.bu && all ipv6.addr == {address}") == []
    assert chosen("mip6.bu && ipv6.addr === 2001:db8::/32") == UPDATES
    assert chosen(f"isakmp && ipv6.addr != {address}") == [], "a field that is not there is not unequal"


def test_without_keys_what_is_inside_is_not_there_and_the_reason_is() -> None:
    from packets import SAMPLES, packets_of

    closed = packets_of(SAMPLES / NAME / "capture.pcap")
    assert chosen("mip6", closed) == []
    assert chosen("esp && sealed.reason == no_key", closed) == [13, 14, 23, 24]
    assert chosen('esp && sealed contains "SPI"', closed) == [13, 14, 23, 24]
    assert chosen("esp && sealed") == []


def test_verdicts_are_those_of_the_findings_that_name_the_frame() -> None:
    facts = FrameFacts(
        [
            Finding("UE-1", 1, Verdict.FAIL, 13, 0),
            Finding("HA-2", 1, Verdict.INCONCLUSIVE, 13, 0),
            Finding("HA-2", 1, Verdict.INCONCLUSIVE, 14, 0),
        ]
    )

    def frames(text: str) -> list[int]:
        return [packet.number for packet in sample(NAME) if compile_filter(text).matches(packet, facts)]

    assert frames("verdict == fail") == [13]
    assert frames('rule.id == "HA-2"') == [13, 14]
    assert frames('rule.failed == "HA-2"') == []
    assert frames("rule.failed") == [13]
    assert frames("verdict == INCONCLUSIVE") == [13, 14]
    assert compile_filter("esp || rule").needs_findings
    assert not compile_filter("esp || role").needs_findings


def test_seconds_count_from_the_first_frame() -> None:
    packets = sample(NAME)
    facts = FrameFacts(start=lambda: packets[0].at)
    early = [p.number for p in packets if compile_filter("frame.time_relative <= 0.010").matches(p, facts)]
    assert early == [p.number for p in packets if p.at - packets[0].at <= 10_000_000]
    assert 1 < len(early) < len(packets)


@pytest.mark.parametrize(
    ("text", "pointed", "says"),
    [
        ("isakmp.exchangetyp == 3", "isakmp.exchangetyp", "did you mean isakmp.exchangetype"),
        ("ip and mip6.bu.hflag", "mip6.bu.hflag", "mip6.bu.h_flag"),
        ("ip.src ==", "", "a value is missing"),
        ("ip and", "", "a field is missing"),
        ("ip.src = 10.0.0.1", "=", "write =="),
        ("(esp", "", ") is missing"),
        ("esp)", ")", "cannot stand here"),
        ("esp && && ip", "&&", "expected a field"),
        ("ip.ttl == 1 2", "2", "expected or"),
        ('frame contains "x', '"x', "no closing"),
        ("isakmp.exchangetype == IKE_OUTH", "IKE_OUTH", "did you mean IKE_AUTH"),
        ("verdict == pass", "pass", "none of fail, inconclusive"),
        ("ip.addr == 2001:db8::1", "2001:db8::1", "ipv6.addr is for IPv6"),
        ("ipv6.addr == 10.0.0.1", "10.0.0.1", "ip.addr is for IPv4"),
        ("ip.src == 10.0.0.1/33", "10.0.0.1/33", "no IPv4 address or prefix"),
        ('ip.src contains "1"', "ip.src", "contains is for text and bytes"),
        ('frame matches "("', '"("', "no regular expression"),
        ("frame.number in {5..1}", "5..1", "ends before it begins"),
        ("session == 1", "session", "session.number"),
        ("ip.src == isakmp.ispi", "isakmp.ispi", "ip.src is an IPv4 address, isakmp.ispi is bytes"),
        ("35 == isakmp.exchangetype", "35", "there is no field 35"),
        ("isakmp.ispi == 0x1g", "0x1g", "not bytes"),
        ("mip6.bu.h_flag == maybe", "maybe", "neither true nor false"),
        ("\x1b[31m", "\x1b", r"\x1b"),
    ],
)
def test_an_error_points_at_what_is_wrong_and_helps(text: str, pointed: str, says: str) -> None:
    with pytest.raises(FilterError) as caught:
        compile_filter(text)
    error = caught.value
    assert text[error.position : error.end] == pointed
    assert says in str(error)
    assert str(error).isprintable()
    first, second = error.pointed(text).split("\n")
    assert len(first) == len(text)
    assert second == " " * error.position + "^" * max(1, len(pointed))


def test_what_is_nested_too_deep_or_too_long_is_an_error_not_a_crash() -> None:
    assert chosen("!" * 50 + "frame.number == 1") == [1]
    for text in ("!" * 5000 + "ip", "ip" + " && ip" * 5000):
        with pytest.raises(FilterError):
            compile_filter(text)
    compile_filter("(" * 2000 + "ip" + ")" * 2000)


WORDS = ["ip", "esp", "isakmp.ispi", "ip.src", "==", "!=", "in", "{", "}", "..", "(", ")", "&&", "or", "not", "!", "~",
         "1", "10.0.0.0/8", '"a"', "contains", "matches", "any", "&", ",", "<", "frame.number", "verdict"]  # fmt: skip


@given(st.one_of(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), st.text(string.printable, max_size=30)))
def test_any_text_is_a_filter_or_fails_by_name_within_its_bounds(text: str) -> None:
    fault = None
    try:
        compiled = compile_filter(text)
        for packet in sample(NAME)[:3]:
            assert compiled.matches(packet) in (True, False)
    except FilterError as error:
        fault = error
    if fault is not None:
        assert 0 <= fault.position <= len(text)
        assert fault.pointed(text).count("\n") == 1
