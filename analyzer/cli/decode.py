"""``dsmip decode``: one line per signalling packet as tshark would, or its fields, bytes, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from analyzer.cli.analyze import Captures, Keys, ProfileFile, Read
from analyzer.cli.field_rows import FieldNames, FieldOptions, Rows
from analyzer.cli.filtering import Chosen, DisplayFilter, chosen, facts_of
from analyzer.cli.trouble import Trouble, captures, material, opened, profile


def decode(
    files: Captures = None,
    read: Read = None,
    keys: Keys = None,
    display_filter: DisplayFilter = None,
    profile_file: ProfileFile = None,
    verbose: Annotated[bool, typer.Option("-V", help="The field tree of each packet.")] = False,
    hexdump: Annotated[bool, typer.Option("-x", help="The bytes, raw and decrypted.")] = False,
    count: Annotated[
        int, typer.Option("-c", min=1, metavar="N", help="Stop after N packets.", show_default=False)
    ] = sys.maxsize,
    frame: Annotated[int | None, typer.Option("--frame", min=1, metavar="N", help="Only this frame.")] = None,
    form: Annotated[
        str, typer.Option("-T", metavar="FORM", help="text (the default), json or fields.", show_default=False)
    ] = "text",
    fields: FieldNames = None,
    field_options: FieldOptions = None,
) -> int:
    """Decode and decrypt signalling packets, one line each; -V gives the fields, -x the bytes.

    With -Y any packet that matches is shown, user data and foreign protocols too; docs/filters.md lists the fields.
    -T fields prints them in rows, as tshark does: dsmip decode FILE -T fields -e frame.number -e mip6.bu.seqnr
    """
    from analyzer.pipeline import Run

    rows = _rows(form, fields, field_options)
    declared, secrets = profile(profile_file), material(keys)
    shown = 0
    paths = captures(files, read)
    with opened(paths) as source:
        run = Run(source, secrets, declared, judge=False)
        facts = facts_of(paths, secrets, declared, lambda: run.world.evidence.first_at)
        matches = chosen(display_filter, facts)
        packets = _wanted(run, frame, count, matches)
        if rows is not None:
            shown = rows.write(packets, facts)
        else:
            writer = _json if form == "json" else _text
            shown = writer(packets, verbose, hexdump, one=frame is not None)
        for late in run.late_keys():
            print(f"dsmip: {late}", file=sys.stderr)  # noqa: T201
        for warning in source.warnings:
            print(f"dsmip: warning: {warning}", file=sys.stderr)  # noqa: T201
    for problem in secrets.problems:
        print(f"dsmip: key file: {problem}", file=sys.stderr)  # noqa: T201
    if frame is not None and not shown and display_filter is None:
        raise Trouble(f"there is no frame {frame} in the capture")
    return 0


def _rows(form: str, fields: list[str] | None, options: list[str] | None) -> Rows | None:
    """The rows of ``-T fields``; ``None`` for another form. What cannot be is told before anything is read."""
    if form not in ("text", "json", "fields"):
        raise Trouble(f"-T {form}: there are text, json and fields")
    if form == "fields":
        return Rows.of(fields, options)
    if fields or options:
        raise Trouble("-e and -E go with -T fields")
    return None


def _wanted(run: Any, frame: int | None, count: int, matches: Chosen | None) -> Iterator[tuple[Any, int]]:
    """The packets to show, each with the time of the first frame."""
    from analyzer.pipeline import SIGNALLING
    from dissectors.triage import FrameClass

    left = count
    for packet in run.packets(SIGNALLING if matches is None else FrameClass, also=frame):
        if (frame is not None and packet.number != frame) or (matches is not None and not matches(packet)):
            continue
        yield packet, run.world.evidence.first_at
        left -= 1
        if not left or frame is not None:
            return


def _text(packets: Iterator[tuple[Any, int]], verbose: bool, hexdump: bool, *, one: bool) -> int:
    from analyzer.reports.packets import bytes_text, line, tree_text

    shown = 0
    write = sys.stdout.write
    for packet, start in packets:
        shown += 1
        write(line(packet, start) + "\n")
        if verbose or (one and not hexdump):
            write(tree_text(packet) + "\n")
        if hexdump:
            write(bytes_text(packet) + "\n")
    return shown


def _json(packets: Iterator[tuple[Any, int]], verbose: bool, hexdump: bool, *, one: bool) -> int:
    """A JSON array, written packet by packet, so that memory stays flat."""
    from analyzer.reports.packets import as_data

    shown = 0
    write = sys.stdout.write
    write("[")
    for packet, start in packets:
        write(",\n" if shown else "\n")
        write(json.dumps(as_data(packet, start, raw=hexdump), indent=1))
        shown += 1
    write("\n]\n" if shown else "]\n")
    return shown
