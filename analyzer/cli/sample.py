"""``dsmip sample``: captures to try the program on, and what must be found in them."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli.trouble import Trouble

CAPTURE, STORY = "capture.pcap", "story.md"
MOST_UES = 100_000


def sample(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One of the list; none: print the list.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write to.")] = None,
    many: Annotated[int, typer.Option("--many", metavar="N", help="Instead: N interleaved UEs in one capture.")] = 0,
    faulty: Annotated[
        list[int] | None, typer.Option("--faulty", metavar="K", help="With --many: the K-th UE makes a mistake.")
    ] = None,
) -> int:
    """Write a capture with its keys, to try the other commands on; story.md says what is wrong in it."""
    if many or faulty:
        if name:
            raise Trouble("--many makes a capture of its own: name no sample beside it")
        _make_many(many, set(faulty or ()), out or Path(f"dsmip-{many}-ues"))
        return 0
    if name is None:
        _list()
        return 0
    source = _shipped().get(name)
    if source is None:
        raise Trouble(f"no sample is called {name!r}: dsmip sample lists them")
    _copy(source, out or Path(name))
    return 0


def _shipped() -> dict[str, Path]:
    """The folders that came with the installation, by name."""
    found = find_spec("samples")
    places = list(found.submodule_search_locations or ()) if found else []
    folders = (folder for place in places for folder in Path(place).iterdir() if (folder / CAPTURE).is_file())
    return {folder.name: folder for folder in sorted(folders)}


def _list() -> None:
    for name, folder in _shipped().items():
        title = (folder / STORY).read_text(encoding="utf-8").partition("\n")[0]
        typer.echo(f"{name:30} {title.removeprefix('# ')}")


def _copy(source: Path, out: Path) -> None:
    _must_be_new(out)
    try:
        shutil.copytree(source, out, dirs_exist_ok=True)
    except OSError as error:
        raise Trouble(f"{out} cannot be written ({error.strerror or 'copying failed'})") from None
    profile = f" --profile {out / 'profile.toml'}" if (out / "profile.toml").is_file() else ""
    typer.echo(f"wrote {out}: capture, keys, and {STORY}, which says what is in it\n")
    typer.echo(f"dsmip analyze {out / CAPTURE} --keys {out / 'keys'}{profile}")


def _make_many(ues: int, faulty: set[int], out: Path) -> None:
    if not 1 <= ues <= MOST_UES:
        raise Trouble(f"--many takes 1 to {MOST_UES} UEs")
    wrong = [k for k in faulty if not 1 <= k <= ues]
    if wrong:
        raise Trouble(f"--faulty counts UEs from 1 to {ues}, not {min(wrong)}")
    _must_be_new(out)
    from samples.generator.bulk import many_attaches

    try:
        out.mkdir(parents=True, exist_ok=True)
        written = many_attaches(out / CAPTURE, ues, keys=out / "keys", registers=True, faulty={k - 1 for k in faulty})
    except OSError as error:
        raise Trouble(f"{out} cannot be written ({error.strerror})") from None
    typer.echo(f"wrote {out}: {written.ues} UEs, {written.frames} frames\n")
    typer.echo(f"dsmip tui {out / CAPTURE} --keys {out / 'keys'}")


def _must_be_new(out: Path) -> None:
    try:
        taken = out.exists() and (not out.is_dir() or any(out.iterdir()))
    except OSError as error:
        raise Trouble(f"{out} cannot be read ({error.strerror})") from None
    if taken:
        raise Trouble(f"{out} is there already: name another folder with --out")
