"""``dsmip live``: judge what is captured now."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from analyzer.cli import EXIT_FAILED, EXIT_OK
from analyzer.cli.analyze import Keys, ProfileFile
from analyzer.cli.trouble import Trouble, profile, written

LOOK = 0.1
"""Seconds between two looks at what is new."""
LINE = 1.0
"""Seconds between two status lines."""


def live(
    interface: Annotated[
        list[str] | None, typer.Option("-i", "--interface", metavar="IF", help="Where to capture; may be repeated.")
    ] = None,
    capture_filter: Annotated[
        str | None,
        typer.Option(
            "-f", "--filter", metavar="FILTER", help="Capture filter, '' for all; by default S2c's signalling."
        ),
    ] = None,
    keys: Keys = None,
    profile_file: ProfileFile = None,
    csv: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Append violations there as they happen, - for stdout.")
    ] = None,
    save: Annotated[
        str | None, typer.Option("-w", "--write", metavar="FILE", help="Capture to this file, however large it gets.")
    ] = None,
    ring: Annotated[
        str | None, typer.Option("--ring", metavar="DIR,SIZE,FILES", help="Capture to a ring of files that stays.")
    ] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="No screen: status on stderr, violations to --csv.")
    ] = False,
    list_interfaces: Annotated[bool, typer.Option("--list", "-D", help="List the interfaces and exit.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing; the exit status tells.")] = False,
) -> int:
    """Capture and judge as packets come. dumpcap captures, so that root is not needed; key files are read as they grow.

    SIGINT (Ctrl-C) and SIGTERM end it with everything written; a second one ends it at once. What is captured lies in a
    ring of temporary files of half a gigabyte at most, unless -w or --ring says where it is to stay.
    """
    if list_interfaces:
        return _list()
    facts = profile(profile_file)
    if save is not None and ring is not None:
        raise Trouble("-w and --ring exclude each other: one file, or a ring of files")
    if save == "-":
        raise Trouble("-w takes a file: what is captured is read from it")
    if save is not None and csv is not None and Path(save).absolute() == Path(csv).absolute():
        raise Trouble(f"{save} can take only one output")
    if not headless:
        if csv is not None or quiet:
            raise Trouble("--csv and --quiet go with --headless; on the screen w exports")
        return _screen(interface or [], capture_filter, ring, keys, facts, save)
    with ExitStack() as stack:
        out = stack.enter_context(written(csv)) if csv is not None else None
        session = stack.enter_context(_session(interface or [], capture_filter, ring, keys, facts, save))
        say = (lambda _: None) if quiet else _say
        results = _watch(session, out, say)
        if session.reason:
            raise Trouble(session.reason)
        if csv != "-" and not quiet:
            from analyzer.reports.layout import page
            from analyzer.reports.summary import print_summary

            print_summary(results, page())
        return EXIT_FAILED if results.counted_failures else EXIT_OK


def _screen(
    interfaces: list[str], capture_filter: str | None, ring: str | None, keys: Any, facts: Any, save: str | None
) -> int:
    """The terminal UI, which offers the interfaces where none is named."""
    from analyzer.cli.tui import need_terminal
    from analyzer.keys import KeyFileError
    from analyzer.live.ring import RingError, parse_ring

    need_terminal("dsmip live --headless does without")
    from analyzer.tui.live_app import LiveApp
    from analyzer.tui.live_follow import LiveFollow

    try:
        where = parse_ring(ring) if ring is not None else None
        follow = LiveFollow(interfaces, capture_filter, where, keys or [], facts, save=save)
    except (RingError, KeyFileError) as error:
        raise Trouble(str(error)) from None
    app = LiveApp(follow)
    app.run()
    return app.return_code or EXIT_OK


def _list() -> int:
    from analyzer.live.dumpcap import interfaces
    from analyzer.live.trouble import LiveError

    try:
        found = interfaces()
    except LiveError as error:
        raise Trouble(str(error)) from None
    for one in found:
        about = ", ".join(filter(None, (one.description, *one.addresses)))
        typer.echo(f"{one.name:16} {about}".rstrip())
    return EXIT_OK


def _session(
    interfaces: list[str], capture_filter: str | None, ring: str | None, keys: Any, facts: Any, save: str | None
) -> Any:
    from analyzer.keys import KeyFileError
    from analyzer.live.ring import RingError, parse_ring
    from analyzer.live.session import LiveSession

    if not interfaces:
        raise Trouble("no interface given: name one with -i; dsmip live --list shows those there are")
    try:
        where = parse_ring(ring) if ring is not None else None
        return LiveSession(interfaces, capture_filter, where, keys or [], facts, save=save, kept_packets=0)
    except (RingError, KeyFileError) as error:
        raise Trouble(str(error)) from None


def _watch(session: Any, out: TextIO | None, say: Any) -> Any:
    """From the start to the end of the capture; its results."""
    from analyzer.live.follow_csv import CsvFollower
    from analyzer.live.trouble import LiveError

    follower = CsvFollower(session, out) if out is not None else None
    with _requests_to_end() as wanted:
        try:
            session.start()
        except LiveError as error:
            raise Trouble(str(error)) from None
        said_at = 0.0
        while session.state.is_running:
            if wanted:
                session.stop()
            if follower is not None:
                follower.look()
            if time.monotonic() - said_at >= LINE:
                said_at = time.monotonic()
                say(_status(session))
            time.sleep(LOOK)
        session.join()
    say("")
    results = session.results
    if results is None:
        raise Trouble(session.reason)
    if follower is not None:
        follower.finish(results)
    return results


@contextmanager
def _requests_to_end() -> Iterator[list[int]]:
    """Signals that ask us to end, as they come; the second of them ends us as it would have done without us."""
    wanted: list[int] = []
    before: dict[signal.Signals, Any] = {}

    def note(number: int, _: Any) -> None:
        wanted.append(number)
        for each, handler in before.items():
            signal.signal(each, signal.default_int_handler if each is signal.SIGINT else handler)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if each is signal.SIGHUP and signal.getsignal(each) is signal.SIG_IGN:
            continue  # nohup
        before[each] = signal.signal(each, note)
    try:
        yield wanted
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _status(session: Any) -> str:
    """One line on how it stands."""
    counters = session.counters()
    parts = [
        f"{', '.join(session.interfaces)}: {session.state.value}",
        f"frames {counters.frames}",
        f"sessions {counters.sessions}",
        f"failed {counters.fails}",
        f"closed {counters.sealed}",
    ]
    if counters.drops:
        parts.append(f"lost {counters.drops}")
    if counters.silence is not None:
        parts.append(f"last packet {counters.silence:.0f} s ago")
    return "   ".join(parts)


def _say(line: str) -> None:
    """On a terminal one line that is written over; elsewhere nobody wants one every second."""
    if not sys.stderr.isatty():
        return
    from dissectors.inert import inert

    width = shutil.get_terminal_size().columns - 1
    sys.stderr.write(f"\r\x1b[K{inert(line)[:width]}")
    sys.stderr.flush()
