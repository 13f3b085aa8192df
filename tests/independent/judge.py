"""The program under test, asked about a run: from bytes and key files to what it failed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from analyzer.capture.source import CaptureSource
from analyzer.keys.load import load_keys
from analyzer.pipeline import Run as Program
from analyzer.profile import load_profile
from tests.independent.run import Run


def toml_of(profile: dict[str, Any]) -> str:
    out = []
    for key, value in profile.items():
        text = (
            ("true" if value else "false")
            if isinstance(value, bool)
            else f'"{value}"'
            if isinstance(value, str)
            else str(value)
        )
        out.append(f"{key} = {text}")
    return "\n".join(out) + "\n"


def judged(run: Run) -> Any:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "run.cap").write_bytes(run.capture())
        keys = []
        for file, text in run.keys().items():
            keys.append(folder / file)
            keys[-1].write_text(text)
        (folder / "profile.toml").write_text(toml_of(run.profile))
        material = load_keys(keys)
        assert not material.problems, material.problems
        with CaptureSource([folder / "run.cap"]) as source:
            program = Program(source, material, load_profile(folder / "profile.toml"))
            for _ in program.packets():
                pass
            return program.results()


def said(results: Any) -> list[str]:
    """The failures, a line each."""
    return [f"#{f.frame} {f.rule}: {f.observed} (expected {f.expected})" for f in results.failures]
