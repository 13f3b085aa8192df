"""``dsmip export``: matching frames to a file, as captured, or what ESP held."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from analyzer.cli.analyze import Captures, Keys, ProfileFile, Read
from analyzer.cli.filtering import DisplayFilter, chosen, facts_of
from analyzer.cli.trouble import Trouble, captures, material, opened, profile

FORMS = ("pcap", "pcapng")


def export(
    out: Annotated[str, typer.Option("-w", "--write", metavar="OUT", help="The file, or - for standard output.")],
    files: Captures = None,
    read: Read = None,
    keys: Keys = None,
    display_filter: DisplayFilter = None,
    profile_file: ProfileFile = None,
    decrypted: Annotated[
        bool, typer.Option("--decrypted", help="What ESP held, as raw IP packets with the frame in a comment.")
    ] = False,
    form: Annotated[
        str | None, typer.Option("-F", metavar="FORM", help="pcap or pcapng; by default as OUT is named.")
    ] = None,
) -> int:
    """Write matching frames to a capture file that only you may read.

    Frames are written as captured, with the time in ns. Keys are never written; with --decrypted the file holds in
    clear what ESP protected.
    """
    from analyzer.pipeline import Run
    from dissectors.triage import FrameClass

    paths = captures(files, read)
    form = _form(form, out, decrypted=decrypted)
    _check_target(out, paths)
    facts, secrets = profile(profile_file), material(keys)
    with opened(paths) as source:
        run = Run(source, secrets, facts, judge=False)
        wanted = chosen(display_filter, facts_of(paths, secrets, facts, lambda: run.world.evidence.first_at))
        packets = (p for p in run.packets(FrameClass) if wanted is None or wanted(p))
        with _writer(out, form) as writer:
            written = _write(writer, packets, decrypted=decrypted)
    what = "decrypted packet" if decrypted else "frame"
    print(f"dsmip: {written} {what}{'' if written == 1 else 's'} written", file=sys.stderr)  # noqa: T201
    return 0


def _write(writer: Any, packets: Iterator[Any], *, decrypted: bool) -> int:
    from analyzer.capture.writing import OtherLinkType
    from analyzer.decrypted import inner_packet
    from dissectors.link import LinkType

    written = 0
    for packet in packets:
        if not decrypted:
            try:
                writer.add(packet.at, packet.data, packet.link_type, packet.length)
            except OtherLinkType:
                raise Trouble(f"frame {packet.number} has another link type than the first: write pcapng") from None
            written += 1
            continue
        inner = inner_packet(packet)
        if inner is not None:
            writer.add(packet.at, inner, LinkType.RAW, len(inner), _comment(packet))
            written += 1
    return written


def _comment(packet: Any) -> str:
    message = packet.message
    return f"frame {packet.number}, ESP SPI 0x{message.spi:08x}, sequence number {message.sequence}"


def _form(given: str | None, out: str, *, decrypted: bool) -> str:
    form = given or ("pcap" if out.lower().endswith((".pcap", ".cap", ".dmp")) and not decrypted else "pcapng")
    if form not in FORMS:
        raise Trouble(f"-F {form}: there are pcap and pcapng")
    if decrypted and form == "pcap":
        raise Trouble("--decrypted writes pcapng, as pcap has no place for the frame numbers")
    return form


def _check_target(out: str, paths: list[str | Path]) -> None:
    """A capture is never written over itself, by whatever name or link it is called."""
    target = Path(out)
    if out == "-":
        if sys.stdout.isatty():
            raise Trouble("a capture is not for a terminal: name a file with -w, or pipe")
        return
    for path in paths:
        if path != "-" and target.exists() and Path(path).exists() and target.samefile(path):
            raise Trouble(f"{out} is the capture that is read: write to another file")
    if target.is_dir() or not target.parent.is_dir():
        raise Trouble(f"{out}: cannot be written: {'it is a folder' if target.is_dir() else 'there is no such folder'}")


@contextmanager
def _writer(out: str, form: str) -> Iterator[Any]:
    from analyzer.capture.writing import PcapngWriter, PcapWriter, private_file
    from dissectors.link import LinkType

    def made(stream: BinaryIO) -> Any:
        return PcapngWriter(stream) if form == "pcapng" else PcapWriter(stream)

    if out == "-":
        yield made(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    try:
        with private_file(Path(out)) as stream:
            writer = made(stream)
            yield writer
            if form == "pcap":
                writer.begin(LinkType.ETHERNET)  # a file without frames is a capture nonetheless
    except OSError as error:
        raise Trouble(f"{out}: cannot be written: {error.strerror}") from None
