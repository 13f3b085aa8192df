"""What can be written to a file from the screen: for this user alone, whole or not at all, nothing overwritten."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any, BinaryIO, TextIO

from analyzer.tui.spool import GoneError
from rules.model import Role

if TYPE_CHECKING:
    from analyzer.reports.journal import Journal
    from analyzer.tui.follow import Follow
    from analyzer.tui.ladder.ladder import Ladder
    from analyzer.tui.model import Model

Step = Callable[[float], None]
"""Told how much is done, from 0 to 1; raises :class:`Cancelled` to end the job."""
STEP = 256
MODE = 0o600


class Cancelled(Exception):
    """The user wants no file any more."""


@dataclass(frozen=True, slots=True)
class Job:
    """Where the contents come from."""

    follow: Follow
    ladder: Ladder | None
    step: Step


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of file. ``at_end`` says that all has to be read first, or that a capture goes on."""

    letter: str
    name: str
    about: str
    suffix: str
    write: Callable[[Job, Any], None]
    at_end: bool = True
    of_ladder: bool = False
    binary: bool = False


def _csv(job: Job, out: TextIO) -> None:
    from analyzer.reports.violations import write_csv

    job.follow.use_results(lambda results: write_csv(results, out))


def _json(job: Job, out: TextIO) -> None:
    from analyzer.reports.plain import as_data

    job.follow.use_results(lambda results: json.dump(as_data(results), out, ensure_ascii=True, indent=2))
    out.write("\n")


def _note_beside(model: Model, journal: Journal) -> None:
    """User data in tunnels and PCO, as far as the ladders keep them."""
    from analyzer.reports.journal import Span

    for session in list(model.trail.data.flows):
        for arrow in model.trail.data.sums(session):
            way, at = arrow.way, model.at(arrow.first)
            if at is not None:
                sender = Role.UE if way.upward else Role.HA
                kind = (way.encapsulation, way.family, way.agent_port)
                journal.add_span(session, Span(arrow.first, arrow.last, at, sender, *kind, arrow.packets, arrow.bytes))
    for notes in list(model.trail.pco.by_imsi.values()):
        for note in list(notes):
            at = model.at(note.frame)
            if at is not None:
                journal.add_pco(note.frame, at, note.text, note.nodes)


def _html(job: Job, out: TextIO) -> None:
    from analyzer.reports.html import write_html
    from analyzer.reports.journal import Journal

    model, journal = job.follow.model, Journal()
    frames = sorted({frame for course in list(model.trail.courses.values()) for frame in course.frames[:]})
    for number, frame in enumerate(frames):
        if journal.left <= 0:
            break
        if not number % STEP:
            job.step(0.9 * number / len(frames))
        with suppress(GoneError):
            journal.note(model.make_packet(frame))
    _note_beside(model, journal)
    job.follow.use_results(lambda results: write_html(results, journal, out))


def _matrix(job: Job, out: TextIO) -> None:
    import csv

    from analyzer.reports.matrix import csv_rows, matrix_of

    job.follow.use_results(lambda results: csv.writer(out).writerows(csv_rows(matrix_of(results))))


def _ladder_text(job: Job, out: TextIO) -> None:
    from analyzer.tui.ladder.text import text_lines

    _lines(job, out, text_lines)


def _ladder_svg(job: Job, out: TextIO) -> None:
    from analyzer.tui.ladder.svg import svg_lines

    _lines(job, out, svg_lines)


def _lines(job: Job, out: TextIO, make: Callable[[Ladder], Iterator[str]]) -> None:
    assert job.ladder is not None
    total = len(job.ladder.rungs) or 1
    for number, line in enumerate(make(job.ladder)):
        if not number % STEP:
            job.step(min(1.0, number / total))
        out.write(line + "\n")


def _decrypted(job: Job, out: BinaryIO) -> None:
    """What ESP held, as ``dsmip export --decrypted`` writes it."""
    from analyzer.capture.writing import PcapngWriter
    from analyzer.decrypted import inner_packet
    from dissectors.link import LinkType

    model, writer = job.follow.model, PcapngWriter(out)
    frames = model.opened_esp()
    for count, number in enumerate(frames):
        if not count % STEP:
            job.step(count / len(frames))
        try:
            packet = model.make_packet(number)
        except GoneError:  # newer packets have taken its room in the ring
            continue
        inner = inner_packet(packet)
        if inner is not None:
            comment = f"frame {number}, ESP SPI 0x{packet.message.spi:08x}"
            writer.add(packet.at, inner, LinkType.RAW, len(inner), comment)


EXPORTS: tuple[Export, ...] = (
    Export("c", "CSV", "violations, a row each", "violations.csv", _csv),
    Export("j", "JSON", "the whole result", "results.json", _json),
    Export("h", "HTML", "report for a browser", "report.html", _html),
    Export("m", "Matrix", "requirement by session, as CSV", "matrix.csv", _matrix),
    Export("p", "pcapng", "what ESP held, in clear", "decrypted.pcapng", _decrypted, at_end=False, binary=True),
    Export("s", "SVG", "ladder of the session as a picture", "ladder.svg", _ladder_svg, at_end=False, of_ladder=True),
    Export("t", "Text", "ladder of the session as text", "ladder.txt", _ladder_text, at_end=False, of_ladder=True),
)


def usual_path(export: Export, files: list[str], session: int) -> Path:
    """Where the file goes unless one says otherwise: the working directory, named after the capture."""
    stem = PurePath(files[0]).name.split(".")[0] if files and files[0] != "-" else "capture"
    part = f"session-{session}-" if export.of_ladder else ""
    return Path(f"{stem or 'capture'}-{part}{export.suffix}")


@contextmanager
def new_file(path: Path, *, overwrite: bool = False, binary: bool = False) -> Iterator[IO[Any]]:
    """A file of this user alone; it is there only when it is whole. ``FileExistsError`` unless told to overwrite."""
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    try:
        with _opened(handle, binary=binary) as out:
            os.fchmod(out.fileno(), MODE)
            yield out
        _put(part, path, overwrite=overwrite)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _opened(handle: int, *, binary: bool) -> IO[Any]:
    if binary:
        return os.fdopen(handle, "wb")
    return os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="")


def _put(part: Path, path: Path, *, overwrite: bool) -> None:
    """Gives the file its name; a link fails where the name was taken meanwhile."""
    if overwrite:
        part.replace(path)
        return
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        part.replace(path)


def write(export: Export, job: Job, path: Path, *, overwrite: bool = False) -> int:
    """Writes the file; gives its size in bytes."""
    with new_file(path, overwrite=overwrite, binary=export.binary) as out:
        export.write(job, out)
    return path.stat().st_size
