"""The commands, and how their troubles reach the user: one sentence and exit status 2."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import typer

from analyzer.cli import EXIT_OK, EXIT_TROUBLE, silence
from analyzer.cli.analyze import analyze
from analyzer.cli.catalogue import rules
from analyzer.cli.crosscheck import crosscheck
from analyzer.cli.decode import decode
from analyzer.cli.difference import diff
from analyzer.cli.doctor import doctor
from analyzer.cli.explain import explain
from analyzer.cli.export import export
from analyzer.cli.keys import keys
from analyzer.cli.live import live
from analyzer.cli.sample import sample
from analyzer.cli.serve import serve
from analyzer.cli.trouble import Trouble
from analyzer.cli.tui import tui
from dissectors.inert import inert

Misuse: type[Exception] = typer.BadParameter.__mro__[2]
"""``ClickException``: newer versions of typer carry a click of their own, older ones import it."""

app = typer.Typer(
    name="dsmip",
    help="Protocol analyzer for DSMIPv6 on the S2c interface (3GPP TS 24.303): decodes, decrypts, judges.",
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 no failed requirement, 1 at least one, 2 could not do the job.",
)
app.command(short_help="Judge captures: sessions, states, violations.")(analyze)
app.command(short_help="One line per signalling packet, decrypted; or its fields.")(decode)
app.command(short_help="Write matching frames, or what ESP held, to a capture.")(export)
app.command(short_help="Compare two runs: new, fixed and unchanged violations.")(diff)
app.command(short_help="Look at captures in the terminal.")(tui)
app.command(short_help="Judge what is captured now.")(live)
app.command(short_help="The same screens in a browser.")(serve)
app.command(short_help="List the catalogue of requirements.")(rules)
app.command(short_help="Explain one requirement, with examples.")(explain)
app.command(short_help="Say what key files hold, without showing a secret.")(keys)
app.command(short_help="Ask tshark for a second opinion.")(crosscheck)
app.command(short_help="Say what is installed and what is missing.")(doctor)
app.command(short_help="Write a capture to try the others on.")(sample)


@app.callback()
def common(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    """Options before the command."""
    if version:
        from analyzer import __version__

        typer.echo(f"dsmip {__version__}")
        raise typer.Exit


def run(arguments: list[str]) -> int:
    """Runs one command; gives its exit status."""
    _be_tolerant()
    try:
        status = app(arguments or ["--help"], prog_name="dsmip", standalone_mode=False)
    except typer.Exit as wanted:
        return wanted.exit_code
    except Misuse as misuse:
        return _misused(misuse)
    except Trouble as trouble:
        return _say(str(trouble))
    except (KeyboardInterrupt, typer.Abort):
        return _say("stopped") or 130
    except (BrokenPipeError, SystemExit):  # the latter is how click ends when nobody reads any more
        silence()
        return EXIT_OK
    except OSError as error:  # a full disk behind standard output, for instance
        return _say(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
    except Exception as error:
        return _fault(error)
    return int(status or 0) if arguments else EXIT_TROUBLE


def _be_tolerant() -> None:
    """A terminal that cannot show a character gets a substitute, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _misused(misuse: Any) -> int:
    """The command line was not understood: why, and where help is."""
    command = getattr(getattr(misuse, "ctx", None), "command_path", "dsmip")
    reason = " ".join(misuse.format_message().split()).rstrip(".")
    return _say(f"{reason[:1].lower()}{reason[1:]}; see {command} --help")


def _say(sentence: str) -> int:
    print(f"dsmip: {inert(sentence)}", file=sys.stderr)  # noqa: T201
    return EXIT_TROUBLE


def _fault(error: Exception) -> int:
    """Our own mistake: its kind and place, never its values, which may hold key bytes."""
    if os.environ.get("DSMIP_DEBUG"):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119
    return _say(f"internal error ({type(error).__name__} in {place}); DSMIP_DEBUG=1 shows where")
