"""Ladders of captures whose bytes hold what could act on a terminal, a page or a picture: all of it is shown inert.

The frames are those of samples with names put in; what is expected is that the names are there, and none of their
characters that act.
"""

from __future__ import annotations

import shutil
import struct
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from screen_driver import press
from tui_driver import FAULTS, SAMPLES, Driver, Scenario, app_of, drive, screen_text

from analyzer.capture import CaptureSource
from analyzer.tui import carried
from analyzer.tui.follow import Follow
from analyzer.tui.ladder.ladder import Ladder
from analyzer.tui.ladder.svg import svg_lines
from analyzer.tui.ladder.text import text_lines
from analyzer.tui.screens.ladder import LadderScreen
from dissectors.events import Endpoint, Event
from dissectors.pco_carriers import Gtpv2Message, PcoMessage
from samples import scenarios
from samples.generator.codes import IPPROTO_UDP
from samples.generator.frames import ip, udp
from samples.generator.knobs import HaKnobs, UeKnobs, replaced
from samples.generator.pcap import Frame, write_pcap

EVIL = "\x1b[1m[b]\u202e\r\n[/]</text>&"
ACTS = {"\x1b", "\u202e", "\r"}
SHOWN = "[1m[b]", "[/]</text>&"
"""What stays readable on every screen: markup that was not taken for markup."""
WIDE = 240
IDI, IDR = 35, 36
"""Payloads (RFC 7296 section 3.2)."""
FQDN, RFC822 = b"\x02\0\0\0", b"\x03\0\0\0"
"""Kinds of identities."""
NAME = EVIL.encode()
HEAD = 34  # of Ethernet and IPv4
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def frames_of(sample: str) -> list[Frame]:
    with CaptureSource([SAMPLES / sample / "capture.pcap"]) as source:
        return [Frame(int(chunk.at[n]), chunk.frame(n)) for chunk in source for n in range(len(chunk))]


def put(frames: list[Frame], number: int, data: bytes) -> None:
    """The contents of an IPv4 packet are others; its checksum stays, as nobody judges it."""
    head = bytearray(frames[number - 1].data[:HEAD])
    struct.pack_into("!H", head, 16, HEAD - 14 + len(data))
    frames[number - 1] = replace(frames[number - 1], data=bytes(head) + data)


def query(name: str) -> bytes:
    """A DNS query for a name of one label."""
    label = name.encode()
    return struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + bytes([len(label)]) + label + b"\0" + struct.pack("!2H", 28, 1)


def ladder_files(folder: Path, keys: Path, *unfolded: int) -> tuple[str, list[str]]:
    """The text, and the words of the picture."""
    follow = Follow([folder / "capture.pcap"], [keys])
    follow.start()
    follow.wait()
    assert follow.run is not None
    ladder = Ladder(follow.model, follow.run.world.sessions[0], list)
    for frame in unfolded:
        ladder.folding.turn(frame)
    ladder.catch_up(at_once=True)
    text, picture = "\n".join(text_lines(ladder, WIDE)), "\n".join(svg_lines(ladder))
    assert not ACTS & set(text + picture)
    root = ElementTree.fromstring(picture)
    return text, [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def on_the_screen(folder: Path, keys: Path, then: Scenario | None = None) -> str:
    """The ladder on the screen, from its beginning unless told otherwise."""
    seen: list[str] = []

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "4", "less_than_sign")
        if then is not None:
            await then(pilot)
        seen.append(screen_text(pilot))

    drive(scenario, files=[folder / "capture.pcap"], keys=[keys], size=(WIDE, 60))
    assert not ACTS & set(seen[0])
    return seen[0]


def naming(lines: Iterable[str]) -> int:
    """How many lines have the name, with its markup as text."""
    return sum(all(part in line for part in SHOWN) for line in lines)


def test_a_name_that_is_looked_up_through_the_tunnel(tmp_path: Path) -> None:
    """Frame 20 carries an echo request of the IPv4 Home Address; here it carries a DNS query."""
    frames, ends = frames_of(FAULTS.name), (IPv4Address("10.64.0.9"), IPv4Address("198.51.100.7"))
    put(frames, 20, ip(*ends, IPPROTO_UDP, udp((ends[0], 52000), (ends[1], 53), query(EVIL))))
    write_pcap(tmp_path / "capture.pcap", frames)
    text, words = ladder_files(tmp_path, FAULTS / "keys", 20)
    assert (naming(text.splitlines()), naming(words)) == (1, 1)

    async def unfold(pilot: Driver) -> None:
        screen = pilot.app.screen_stack[0]
        assert isinstance(screen, LadderScreen)
        assert screen.ladder is not None
        screen.lines.place(screen.ladder.place(20))
        await press(pilot, "space", "j")

    screen = on_the_screen(tmp_path, FAULTS / "keys", unfold)
    assert naming(screen.splitlines()) == 2, "on its arrow, and below the ladder"


def test_a_name_of_a_ue_and_the_name_it_asks_for(tmp_path: Path) -> None:
    """In IDi, of which the title speaks too, and in IDr, which names the APN."""
    own, wanted = replaced(IDI, lambda _: RFC822 + NAME), replaced(IDR, lambda _: FQDN + NAME)
    ue = UeKnobs(edits={"IKE_AUTH 1": lambda payloads: own(wanted(payloads))})
    attach = scenarios.Scenario("hostile", "text", ue=ue, ha=HaKnobs(asks_identity=False)).play()
    attach.tables.write(tmp_path / "keys")
    write_pcap(tmp_path / "capture.pcap", attach.wire.frames)
    text, words = ladder_files(tmp_path, tmp_path / "keys")
    screen = on_the_screen(tmp_path, tmp_path / "keys")
    for lines in (text.splitlines(), words, screen.splitlines()):
        found = [line for line in lines if naming([line])]
        assert any(line.lstrip().startswith("Session 1") for line in found)
        assert any(line.count(SHOWN[0]) == 2 for line in found), "both in one message"


@needs_tshark
def test_an_apn_and_an_operators_container_beside_pco(tmp_path: Path) -> None:
    """Frame 1 asks for the APN "internet", and at its end for containers 8 and 15 of no length."""
    frames = frames_of("dsmip-pco")
    request = frames[0].data
    assert request.endswith(b"\0\x08\0\0\x0f\0")
    request = request[:-6].replace(b"\x08internet", b"\x08\x1b[1m[b]\r") + b"\xff\0\x03\x1b[m"
    frames[0] = replace(frames[0], data=request)
    write_pcap(tmp_path / "capture.pcap", frames)
    text, words = ladder_files(tmp_path, SAMPLES / "dsmip-pco" / "keys")
    screen = on_the_screen(tmp_path, SAMPLES / "dsmip-pco" / "keys")
    for lines in (text.splitlines(), words, screen.splitlines()):
        assert any("Create Session Request, PCO asks for" in line and "container 0xff00" in line for line in lines)


def test_words_of_pco_are_shown_inert_whatever_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come from numbers and addresses so far: no capture makes them hostile."""
    monkeypatch.setattr(carried, "describe_pco_message", lambda message: EVIL)

    async def scenario(pilot: Driver) -> None:
        model, run, end = app_of(pilot).model, app_of(pilot).follow.run, Endpoint(IPv4Address("203.0.113.5"), 2123)
        assert run is not None
        message = PcoMessage(Gtpv2Message.CREATE_SESSION_REQUEST, imsi="001010123456789")
        model.trail.pco.note(Event(1, model.start, end, end, message))
        ladder = Ladder(model, run.world.sessions[0], list)
        ladder.catch_up(at_once=True)
        await press(pilot, "4", "less_than_sign")
        for shown in (screen_text(pilot), "\n".join(text_lines(ladder, WIDE)), "\n".join(svg_lines(ladder))):
            assert not ACTS & set(shown)
        assert naming(screen_text(pilot).splitlines()) == 1
        assert naming(text_lines(ladder, WIDE)) == 1

    drive(scenario, size=(WIDE, 60))
