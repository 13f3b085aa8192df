"""The HTML report: one file, nothing fetched, nothing run, hostile text as text."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from command_line import CommandLine
from edited_captures import sample, sample_keys
from many_sessions import results_of, with_verdicts

from analyzer.reports.html import write_html
from analyzer.reports.html.view import MOST_COLUMNS
from analyzer.reports.journal import Journal, JournalLine, Span
from analyzer.results import Results
from dissectors.tunnels import Encapsulation, TunnelSegment
from rules.model import Role, Verdict
from rules.profile import Profile, Waiver
from rules.session import Context
from samples.planted import PLANTED

BAD, RULE = "attach-no-home-prefix", "UE-5.1.2.2-12"
VOID = {"meta", "link", "img", "br", "hr", "input"}
FETCHING = {"src", "href", "data", "poster", "action", "formaction", "background", "srcset", "xlink:href"}
HOSTILE = "<script>alert(1)</script>\" onload='x' </style><img src=http://x/y>\x1b[2J\u202e{{ 7*7 }}"


class Page(HTMLParser):
    """Tags, attributes and text of a page, and whether its tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words += data


def rendered(results: Results, journal: Journal | None = None) -> str:
    out = io.StringIO()
    write_html(results, journal or Journal(), out)
    return out.getvalue()


@pytest.fixture
def written(dsmip: CommandLine, tmp_path: Path) -> str:
    path = tmp_path / "report.html"
    assert dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--html", path, "-q").status == 1
    return path.read_text("utf-8")


def test_the_page_tells_what_the_summary_tells(written: str) -> None:
    words = Page(written).words
    for part in (
        "1 violation of 1 requirement in 1 of 1 session",
        RULE,
        "TS 24.303 5.1.2.2, SHALL",
        "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org",
        "MIP6_HOME_PREFIX",
        "155 requirements: ",
    ):
        assert part in words


def test_nothing_is_fetched_and_nothing_runs(written: str) -> None:
    for tag, attributes in Page(written).tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed", "form")
        assert not [name for name in attributes if name.startswith("on")]
        assert all((attributes[name] or "").startswith("#") for name in FETCHING & attributes.keys())
    assert "default-src 'none'" in written
    assert not re.search(r"url\(|@import|https?://", written)


def test_the_ladder_shows_the_frame_that_is_to_blame_and_those_around_it(written: str) -> None:
    ladder = re.search(r'<table class="ladder">.*?</table>', written, re.DOTALL)
    assert ladder is not None
    frames = re.findall(r'<tr class="(\w*)"><td>(\d+)</td>', ladder[0])
    assert [frame for mark, frame in frames if mark == "fail"] == ["5"]
    assert len(frames) > 3
    assert "IKE_SA_INIT" in ladder[0]


def excerpts(page: str, rule: str) -> list[list[tuple[str, str, str, str]]]:
    """Of the violations of a rule the rungs: mark, frame, way and text."""
    rung = re.compile(r'<tr class="(\w*)"><td>(\d+)</td>.*?<td class="(up|down|beside)"><span>(.*?)</span>')
    parts = re.findall(r'<details class="violation.*?</details>', page, re.DOTALL)
    return [rung.findall(part) for part in parts if f"<b>{rule}</b>" in part]


def written_of(dsmip: CommandLine, folder: Path, out: Path) -> str:
    profile = ["--profile", folder / "profile.toml"] if (folder / "profile.toml").exists() else []
    dsmip("analyze", folder / "capture.pcap", "--keys", folder / "keys", *profile, "--html", out, "-q")
    return out.read_text("utf-8")


def test_user_data_to_blame_has_an_arrow_that_says_what_it_is(dsmip: CommandLine, tmp_path: Path) -> None:
    """In the story frame 14 goes ahead of the acknowledgement: one packet of 106 bytes, IPv6 in IPv4."""
    page = written_of(dsmip, sample("dsmip-attach-nat-faults").parent, tmp_path / "report.html")
    (rungs,) = excerpts(page, "UE-5.1.2.4-26")
    assert ("fail", "14", "up", "user data: 1 packet, 106 bytes IPv6 in IPv4, frame 14") in rungs


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_pco_to_blame_goes_between_its_nodes_and_is_not_called_signalling(dsmip: CommandLine, tmp_path: Path) -> None:
    """Frame 1 is the MME's request to the SGW; what shows the violation is IKE_AUTH, frame 8."""
    PLANTED["UE-5.1.2.1a-02"].write(tmp_path)
    (rungs,) = excerpts(written_of(dsmip, tmp_path, tmp_path / "report.html"), "UE-5.1.2.1a-02")
    (blamed,) = [rung for rung in rungs if rung[0] == "fail"]
    assert blamed[1:3] == ("1", "beside")
    assert blamed[3].startswith("MME → SGW: Create Session Request, PCO asks for DSMIPv6 Home Agent")
    assert [rung[1] for rung in rungs if rung[0] == "related"] == ["8"]


def test_pco_that_proves_a_violation_is_shown_beside_it_inert() -> None:
    results, journal = results_of(BAD), Journal()
    bad = next(f for f in results.findings if f.rule == RULE and f.verdict is Verdict.FAIL)
    results.findings[:] = [replace(bad, related=(2,))]
    journal.add_pco(2, bad.at, HOSTILE, ("MME", "SGW"))
    journal.add_pco(2, bad.at, "again", ("", ""))
    journal._lines[1] = [JournalLine(bad.frame, bad.at, Role.UE, "IKE_AUTH")]
    page = rendered(results, journal)
    (rungs,) = excerpts(page, RULE)
    assert [(mark, way) for mark, _, way, _ in rungs] == [("related", "beside"), ("fail", "up")]
    assert "MME → SGW: <script>alert(1)</script>" in Page(page).words
    assert "; again" in rungs[0][3]
    assert not {"\x1b", "\u202e"} & set(page)


def segment(first: int, last: int, *, port: int = 40191, source: str = "203.0.113.5") -> TunnelSegment:
    ends = IPv4Address(source), IPv4Address("192.0.2.1"), port, 4191
    return TunnelSegment(*ends, Encapsulation.UDP, None, None, 6, first, last, first, last, last - first + 1, 100)


def test_a_journal_sums_user_data_between_messages_and_picks_none_of_two_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.reports.journal.MOST_SPANS", 3)
    journal, session = Journal(), results_of(BAD).sessions[0]
    context = Context(session, role=Role.UE)
    journal.note_data(segment(3, 4), context)
    journal.note_data(segment(6, 7), context)
    line = journal.beside(session.number, 5, Role.UE)
    assert line is not None
    assert (line.frame, line.at, line.text) == (3, 3, "user data: 4 packets, 200 bytes IPv6 in UDP 4191, frames 3 to 7")
    assert journal.beside(session.number, 5, Role.HA) is None
    assert journal.beside(session.number, 8, Role.UE) is None
    journal._lines[session.number] = [JournalLine(8, 8, Role.UE, "a message")]
    journal.note_data(segment(9, 9), context)
    journal.note_data(segment(9, 9, port=7), context)
    assert journal.beside(session.number, 9, Role.UE) is None, "two ways"
    journal.note_data(segment(11, 12, port=8), context)
    assert journal.beside(session.number, 11, Role.UE) is None, "there is no room for more"


def test_no_key_is_in_it(written: str) -> None:
    for table in sample_keys(BAD).iterdir():
        for secret in re.findall(r"[0-9a-fA-F]{32,}", table.read_text()):
            assert secret.lower() not in written.lower()


def test_hostile_text_is_text_wherever_it_stands() -> None:
    results = results_of(BAD, Profile(waivers=(Waiver(RULE, HOSTILE),)))
    session = results.sessions[0]
    session.identity = session.apn = HOSTILE
    results.findings[:] = [replace(f, observed=HOSTILE, expected=HOSTILE, subject=HOSTILE) for f in results.findings]
    results = replace(results, files=(f"/tmp/{HOSTILE.replace('/', '_')}",), warnings=[HOSTILE])
    page = Page(rendered(results))
    assert not [tag for tag, _ in page.tags if tag in ("script", "img")]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.words
    assert "{{ 7*7 }}" in page.words
    assert all(character.isprintable() or character == "\n" for character in page.words)


def test_a_few_sessions_have_columns_and_many_have_totals() -> None:
    few = rendered(with_verdicts({RULE: "PF?-"}))
    assert re.findall(r'<th scope="col" title="session (\d)">', few) == ["1", "2", "3", "4"]
    assert '<td class="sign fail" title="fail">✗</td>' in few
    many = rendered(with_verdicts({RULE: "P" * 990 + "F" * 10}))
    assert 'title="session 1"' not in many
    assert '<td class="number">990</td>' in many
    assert '<td class="number fail">10</td>' in many
    assert "… and 800 more" in Page(many).words
    assert MOST_COLUMNS < 1000


def test_a_run_that_found_nothing_has_a_page_too() -> None:
    words = Page(rendered(with_verdicts({}))).words
    assert "No S2c signalling found" in words


def test_a_journal_gives_the_lines_around_a_frame_and_those_named() -> None:
    journal = Journal()
    for frame in range(10, 30, 2):
        journal._lines.setdefault(1, []).append(JournalLine(frame, frame, Role.UE, str(frame)))
    assert [line.frame for line in journal.around(1, 20, (10, 11), margin=1)] == [10, 18, 20, 22]
    assert [line.frame for line in journal.around(1, 21, margin=1)] == [20, 22, 24]
    assert journal.around(2, 20) == []


def test_a_journal_is_bounded(tmp_path: Path) -> None:
    from edited_captures import packets_of

    packets, _ = packets_of(sample(BAD), [sample_keys(BAD)])
    journal = Journal(most=3)
    for packet in packets:
        journal.note(packet)
    assert len(journal.around(1, 1, margin=100)) == 3


def test_what_another_session_did_is_shown_and_its_session_named(dsmip: CommandLine, tmp_path: Path) -> None:
    """The second UE's prefix comes in frame 30; the same UE had got another in frame 11, in its first session."""
    PLANTED["HA-5.1.3.1-16"].write(tmp_path)
    (rungs,) = excerpts(written_of(dsmip, tmp_path, tmp_path / "report.html"), "HA-5.1.3.1-16")
    ((_, frame, way, text),) = [rung for rung in rungs if rung[0] == "related"]
    assert (frame, way) == ("11", "down")
    assert re.match(r"session 1: IKE_AUTH .*MIP6_HOME_PREFIX", text)
    assert not any("session" in text for mark, _, _, text in rungs if mark != "related")


def test_a_journal_finds_a_frame_in_whatever_session_has_it() -> None:
    journal = Journal()
    journal._lines[2] = [JournalLine(10, 10, Role.UE, "x" * 400)]
    journal.left -= 1
    assert journal.elsewhere(12) is None
    journal._lines[2].append(JournalLine(12, 12, Role.HA, "answer"))
    journal.left -= 1
    assert journal.elsewhere(12) == JournalLine(12, 12, Role.HA, "session 2: answer")
    longest = journal.elsewhere(10)
    assert longest is not None
    assert len(longest.text) == 300


def test_a_message_of_another_session_is_not_taken_for_user_data_around_it() -> None:
    results, journal = results_of(BAD), Journal()
    bad = next(f for f in results.findings if f.rule == RULE and f.verdict is Verdict.FAIL)
    results.findings[:] = [replace(bad, related=(2,))]
    journal.add_span(bad.session, Span.begun_by(segment(1, 3), Role.UE))
    for session, frame in ((bad.session, bad.frame), (bad.session + 1, 2)):
        journal._lines[session] = [JournalLine(frame, bad.at, Role.UE, "IKE_AUTH")]
        journal.left -= 1
    (rungs,) = excerpts(rendered(results, journal), RULE)
    assert [text for mark, _, _, text in rungs if mark == "related"] == [f"session {bad.session + 1}: IKE_AUTH"]
