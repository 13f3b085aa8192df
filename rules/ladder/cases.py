"""Case files: worked examples of a requirement, read by the tests, printed by ``dsmip explain`` and the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from dissectors.record import record
from rules.cases import case_files
from rules.ladder.script import Line, parse_lines, parse_profile
from rules.model import Verdict

SECTION = re.compile(r"^##\s+(pass|fail|inconclusive|not applicable)\s*:\s*(.*)$")


@record
class Case:
    """One worked example and the verdict it shows."""

    rule: str
    verdict: Verdict
    title: str
    lines: tuple[Line, ...]
    profile: Mapping[str, str]
    text: str

    def __str__(self) -> str:
        return f"{self.rule}, {self.verdict.value}: {self.title}"


def parse_cases(text: str, rule: str) -> Iterator[Case]:
    """The cases of one file: each ``## verdict: title`` begins one."""
    heading: re.Match[str] | None = None
    body: list[str] = []
    for line in [*text.splitlines(), "## "]:
        if not line.startswith("## "):
            body.append(line)
            continue
        if heading is not None:
            yield _case(rule, heading, "\n".join(body))
        elif any(b.startswith("    ") for b in body):
            raise ValueError(f"{rule}: a ladder stands before the first section")
        heading, body = SECTION.match(line), []
        if heading is None and line != "## ":
            raise ValueError(f"{rule}: not a verdict: {line}")


def _case(rule: str, heading: re.Match[str], text: str) -> Case:
    verdict = Verdict(heading[1])
    return Case(rule, verdict, heading[2].strip(), tuple(parse_lines(text)), parse_profile(text), text.strip("\n"))


def all_cases(rules: Iterable[str] | None = None) -> Iterator[Case]:
    """The cases of some requirements, or of all that have a file."""
    files = case_files()
    for rule in files if rules is None else rules:
        yield from parse_cases(files[rule].read_text("utf-8"), rule)
