"""``dsmip decode -T fields``: rows for scripts, with tshark's options."""

from __future__ import annotations

from dataclasses import replace

import pytest
from command_line import CommandLine
from packets import SAMPLES, packets_of

from analyzer.filters import NO_FACTS, FrameFacts
from analyzer.filters.printing import Columns, joined
from analyzer.filters.registry import FIELDS

FAULTS = SAMPLES / "dsmip-attach-nat-faults"
CAPTURE = (str(FAULTS / "capture.pcap"), "--keys", str(FAULTS / "keys"))


def test_rows_have_what_was_asked_for_in_that_order(dsmip: CommandLine) -> None:
    """The Binding Updates of the story: sequence numbers 39997 and 39998, from a UE behind a NAT."""
    names = ("mip6.bu.seqnr", "frame.number", "mip6.bu.h_flag", "ip.src", "esp.spi", "frame.time_relative")
    options = [part for name in names for part in ("-e", name)]
    said = dsmip("decode", *CAPTURE, "-T", "fields", *options, "-Y", "mip6.bu")
    assert said.status == 0
    assert said.out == (
        "39997\t13\t1\t203.0.113.5\t0xdb666338\t0.095337000\n39998\t24\t1\t203.0.113.5\t0xdb666338\t7.080165000\n"
    )


def test_without_a_filter_there_is_a_row_for_every_signalling_packet(dsmip: CommandLine) -> None:
    rows = dsmip("decode", *CAPTURE, "-T", "fields", "-e", "frame.number", "-c", "14").lines
    assert rows == [str(number) for number in (*range(1, 14), 15)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), "203.0.113.5\t2001:db8:1:2::10\t17"),
        (("header=y",), "ip.src\tipv6.src\tip.proto\n203.0.113.5\t2001:db8:1:2::10\t17"),
        (("separator=;", "quote=d"), '"203.0.113.5";"2001:db8:1:2::10";"17"'),
        (("separator=/s", "quote=s"), "'203.0.113.5' '2001:db8:1:2::10' '17'"),
    ],
)
def test_the_options_are_those_of_tshark(dsmip: CommandLine, options: tuple[str, ...], expected: str) -> None:
    given = [part for option in options for part in ("-E", option)]
    fields = ("-e", "ip.src", "-e", "ipv6.src", "-e", "ip.proto")
    said = dsmip("decode", *CAPTURE, "-T", "fields", *fields, *given, "--frame", "13")
    assert said.out.rstrip("\n") == expected


@pytest.mark.parametrize(
    ("occurrence", "aggregator", "expected"), [("a", " ", "1 2 3|x"), ("f", ",", "1|x"), ("l", ",", "3|x")]
)
def test_several_values_are_joined_or_one_is_taken(occurrence: str, aggregator: str, expected: str) -> None:
    between = {"/s": " "}.get(aggregator, aggregator)
    assert (
        joined([["1", "2", "3"], ["x"]], between="|", aggregator=between, occurrence=occurrence, quote="") == expected
    )
    assert joined([[], ["x"]], "|", ",", occurrence=occurrence, quote="'") == "''|'x'"


def test_our_own_fields_and_the_columns_of_the_list_can_be_printed(dsmip: CommandLine) -> None:
    fields = ("-e", "rule.failed", "-e", "session.nai", "-e", "_ws.col.Info", "-e", "_ws.col.protocol")
    said = dsmip("decode", *CAPTURE, "-T", "fields", *fields, "--frame", "13")
    failed, nai, info, protocol = said.out.rstrip("\n").split("\t")
    assert sorted(failed.split(",")) == ["UE-5.1.2.4-14", "UE-5.1.2.4-15"]
    assert nai == "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org"
    assert info.startswith("Binding Update seq 39997 A H K F")
    assert protocol == "MIPv6"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("-T", "fields"), "name the fields with -e"),
        (("-e", "ip.src"), "-e and -E go with -T fields"),
        (("-T", "fields", "-e", "mip6.bu.h_flg"), "there is no field mip6.bu.h_flg; did you mean mip6.bu.h_flag"),
        (("-T", "fields", "-e", "session"), "session is a group of fields, such as session.number"),
        (("-T", "fields", "-e", "_ws.col.foo"), "there is no column _ws.col.foo: there are _ws.col.number"),
        (("-T", "fields", "-e", "ip.src", "-E", "separator="), "separator is one character"),
        (("-T", "fields", "-e", "ip.src", "-E", "bom=y"), "one of header, separator, aggregator, quote, occurrence"),
        (("-T", "fields", "-e", "ip.src", "-E", "quote=x"), "quote is one of d, s, n"),
        (("-T", "fields", "-e", "a\x1b[2J"), r"there is no field a\x1b[2J"),
        (("-T", "csv"), "there are text, json and fields"),
    ],
)
def test_what_cannot_be_is_one_sentence(dsmip: CommandLine, given: tuple[str, ...], says: str) -> None:
    said = dsmip("decode", "no such file", *given)
    assert said.status == 2
    assert says in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_text_from_the_wire_stays_in_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    packets = packets_of(FAULTS / "capture.pcap", FAULTS / "keys")
    packet = next(p for p in packets if p.context is not None)
    assert packet.context is not None
    monkeypatch.setattr(packet.context.session, "identity", "a\tb\n\x1b[2J")
    assert Columns(["session.nai"]).of(packet, NO_FACTS) == [[r"a\tb\n\x1b[2J"]]
    hostile = replace(FIELDS["dns.qry.name"], extract=lambda view: ["a\tb\n"])
    monkeypatch.setattr("analyzer.filters.printing.FIELDS", {"dns.qry.name": hostile})
    assert Columns(["dns.qry.name"]).of(packet, NO_FACTS) == [[r"a\tb\n"]]


def test_a_frame_before_the_first_has_a_negative_time() -> None:
    packet = next(iter(packets_of(FAULTS / "capture.pcap", FAULTS / "keys")))
    facts = FrameFacts((), lambda: packet.at + 500_000_000)
    assert Columns(["frame.time_relative"]).of(packet, facts) == [["-0.500000000"]]
