"""``python -m analyzer.tui.pictures OUTDIR``: the pictures of the screens in the README, made from the samples.

The same samples give the same bytes, so that a picture changes only when its screen does.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.tui.app import AnalyzerApp
from analyzer.tui.follow import Follow
from analyzer.tui.state import State
from analyzer.tui.themes import DARK

SIZE = (120, 34)
SETTLE = 0.2
"""Seconds for what a key set off to come onto the screen."""
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NOWHERE = Path("/dev/null/nowhere")


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen: the sample, the keys that lead there, and what it is called."""

    name: str
    sample: str
    keys: tuple[str, ...]
    live: int = 0  # as if a capture had come so far: the number of its last frame


PICTURES: tuple[Picture, ...] = (
    Picture("packets", "dsmip-attach-nat-faults", ("n",)),
    Picture("sessions", "many", ("2", "j")),
    Picture("session", "dsmip-handover", ("3",)),
    Picture("ladder", "dsmip-attach-nat-faults", ("n", "4", "j")),
    Picture("compare", "dsmip-attach-nat-faults", ("4", "m", "j", "j", "d")),
    Picture("violations", "dsmip-attach-nat-faults", ("5", "j", "j")),
    Picture("conformance", "dsmip-attach-nat-faults", ("6", "n")),
    Picture("live", "dsmip-attach-nat-faults", (), live=13),
)
FAMILY = re.compile(r"terminal-\d+")
FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""Fonts that a browser would fetch."""
PADDED = re.compile(r'x="([\d.]+)" (y="[\d.]+") textLength="([\d.]+)" ([^>]*)>((?:&#160;)*)(.*?)((?:&#160;)*)</text>')
CELL = 12.2
"""Width of a character in the pictures."""
BLANK = "&#160;"


async def take(picture: Picture, folders: Sequence[Path]) -> str:
    """The picture as SVG."""
    app = _app(picture, folders)
    async with app.run_test(size=SIZE) as pilot:
        while app.follow.busy and not app.live:
            await asyncio.sleep(0.01)
        app.poll()
        await pilot.pause(SETTLE)
        for key in picture.keys:
            await pilot.press(key)
            await pilot.pause(SETTLE)
        svg = app.export_screenshot(title="dsmip")
    return PADDED.sub(_trimmed, FONTS.sub("", FAMILY.sub(f"dsmip-{picture.name}", svg)))


def _app(picture: Picture, folders: Sequence[Path]) -> AnalyzerApp:
    files = [folder / "capture.pcap" for folder in folders]
    keys = [folder / "keys" for folder in folders]
    if picture.live:
        from analyzer.tui.live_app import LiveApp
        from analyzer.tui.staged import StagedFollow

        return LiveApp(StagedFollow(files[0], keys, picture.live), state=State(theme=DARK), state_folder=NOWHERE)
    return AnalyzerApp(Follow(files, keys), state=State(theme=DARK), state_folder=NOWHERE)


def _trimmed(text: re.Match[str]) -> str:
    """A text without the blanks around it, which some programs leave out and so shift the rest."""
    x, y, length, more, before, words, after = text.groups()
    start = float(x) + CELL * before.count(BLANK)
    size = float(length) - CELL * (before + after).count(BLANK)
    if not words:
        return f'x="{x}" {y} {more}></text>'
    return f'x="{start:.1f}" {y} textLength="{size:.1f}" {more}>{words}</text>'


def folders_of(picture: Picture) -> list[Path]:
    """Where the sample is; "many" stands for several of them, merged by time."""
    if picture.sample == "many":
        names = sorted(folder.name for folder in SAMPLES.iterdir() if (folder / "capture.pcap").exists())
        return [SAMPLES / name for name in names]
    return [SAMPLES / picture.sample]


def main(arguments: Sequence[str]) -> int:
    """Writes one SVG file for each picture."""
    if len(arguments) != 1:
        print("usage: python -m analyzer.tui.pictures OUTDIR", file=sys.stderr)  # noqa: T201
        return 2
    out = Path(arguments[0])
    out.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        svg = asyncio.run(take(picture, folders_of(picture)))
        (out / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
