"""What a planted fault is: a scenario that breaks one requirement, and what an honest judge has to say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from samples.generator.attach import Attach
from samples.generator.network import Network
from samples.generator.pcap import write_pcap
from samples.generator.suites import Suite
from samples.scenarios import SCENARIOS, Scenario

FACTS = {"first_attach": "true", "target_apn": '"internet"'}
"""Profile entries that hold for all of them."""


def write_folder(scenario: Scenario, folder: Path, facts: Mapping[str, str]) -> Attach:
    """Writes ``capture.pcap``, ``keys/`` and ``profile.toml``."""
    folder.mkdir(parents=True, exist_ok=True)
    attach = scenario.play()
    write_pcap(folder / "capture.pcap", attach.wire.frames)
    attach.tables.write(folder / "keys")
    profile = "".join(f"{name} = {value}\n" for name, value in facts.items())
    (folder / "profile.toml").write_text(profile, encoding="utf-8")
    return attach


@dataclass(frozen=True, slots=True)
class Planted:
    """``blames`` are the steps of which a finding must name one; ``also`` must fail too, and nothing else may.

    ``passes`` is what the other end does right in answer to the fault.

    ``needs_tshark``: the fault is in PCO, which is read through tshark.
    """

    rule: str
    scenario: Scenario
    blames: tuple[str, ...]
    also: tuple[str, ...] = ()
    facts: Mapping[str, str] | None = None
    needs_tshark: bool = False
    passes: tuple[str, ...] = ()

    def frames(self, attach: Attach) -> tuple[int, ...]:
        """The numbers of the frames to blame, in what was played."""
        return tuple(attach.wire.frame_of[step] for step in self.blames)

    def write(self, folder: Path) -> tuple[int, ...]:
        """Writes ``capture.pcap``, ``keys/`` and ``profile.toml``; returns the frames to blame."""
        return self.frames(write_folder(self.scenario, folder, FACTS | dict(self.facts or {})))


def plant(
    rule: str,
    title: str,
    base: str,
    *blames: str,
    ue: Mapping[str, Any] | None = None,
    ha: Mapping[str, Any] | None = None,
    course: Callable[[Attach], None] | None = None,
    network: Network | None = None,
    suite: Suite | None = None,
    also: tuple[str, ...] = (),
    facts: Mapping[str, str] | None = None,
    needs_tshark: bool = False,
    passes: tuple[str, ...] = (),
) -> Planted:
    """The shipped scenario ``base`` with other knobs, another course or another network, and so with one fault."""
    sound = SCENARIOS[base]
    scenario = Scenario(
        f"planted-{rule}",
        title,
        replace(sound.ue, **(ue or {})),
        replace(sound.ha, **(ha or {})),
        network or sound.network,
        suite or sound.suite,
        course or sound.course,
    )
    return Planted(rule, scenario, blames, also, facts, needs_tshark, passes)
