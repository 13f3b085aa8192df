"""``python -m samples``: lists the scenarios; ``build`` writes them, ``many`` writes any number of UEs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from samples.build import build_all
from samples.generator.bulk import many_attaches
from samples.scenarios import SCENARIOS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m samples", description="Shipped captures and how they are made.")
    commands = parser.add_subparsers(dest="command")
    build = commands.add_parser("build", help="write scenarios as folders of capture and keys")
    build.add_argument("names", nargs="*", metavar="NAME", help="which ones (default: all)")
    build.add_argument("--out", type=Path, required=True, help="folder to write to")
    many = commands.add_parser("many", help="write one capture of many interleaved UEs, with keys")
    many.add_argument("ues", type=int, metavar="N", help="how many UEs")
    many.add_argument("--out", type=Path, required=True, help="folder to write to")
    many.add_argument(
        "--faulty", type=int, action="append", default=[], metavar="K", help="the K-th UE makes a mistake"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 2 where a name is unknown."""
    options = _parser().parse_args(arguments)
    if options.command == "many":
        return _many(options.ues, options.out, options.faulty)
    if options.command != "build":
        for scenario in SCENARIOS.values():
            sys.stdout.write(f"{scenario.name:30} {scenario.title}\n")
        return 0
    unknown = [name for name in options.names if name not in SCENARIOS]
    if unknown:
        sys.stderr.write(f"no such scenario: {', '.join(unknown)}\n")
        return 2
    for name, frames in build_all(options.names, options.out).items():
        sys.stdout.write(f"{name}: {frames} frames\n")
    return 0


def _many(ues: int, out: Path, faulty: Sequence[int]) -> int:
    out.mkdir(parents=True, exist_ok=True)
    written = many_attaches(
        out / "capture.pcap", ues, keys=out / "keys", registers=True, faulty={k - 1 for k in faulty}
    )
    sys.stdout.write(f"{written.ues} UEs: {written.frames} frames\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
