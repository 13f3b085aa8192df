"""A folder of capture, keys and profile, judged as ``dsmip analyze`` does."""

from __future__ import annotations

from pathlib import Path

from analyzer.capture import CaptureSource
from analyzer.keys import load_keys
from analyzer.pipeline import Run
from analyzer.profile import load_profile
from analyzer.results import Results
from rules.model import Verdict


def judged_folder(folder: Path) -> Results:
    """The keys and the profile may be missing."""
    keys, profile = folder / "keys", folder / "profile.toml"
    with CaptureSource([folder / "capture.pcap"]) as source:
        material = load_keys([keys]) if keys.is_dir() else None
        run = Run(source, material, load_profile(profile if profile.is_file() else None))
        for _ in run.packets():
            pass
        return run.results()


def verdicts_of(results: Results) -> dict[str, Verdict]:
    """One verdict per rule over the whole capture: fail before inconclusive before pass before not applicable."""
    order = (Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)
    worst: dict[str, Verdict] = {}
    for (_, rule), verdict in results.verdicts.items():
        worst[rule] = max(worst.get(rule, Verdict.NOT_APPLICABLE), verdict, key=order.index)
    return worst
