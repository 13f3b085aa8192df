"""``make mutants``: breaks the rules one small change at a time, and shows that their worked examples notice.

Functions get the code of a changed module while the examples that ran the changed line are played again; a verdict that
is not the one shown kills the mutant. Changes that need no killing are named in ``equivalent.txt``, with reasons.

python -m bench.mutants [PART OF A PATH OR OF A RULE'S ID ...]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from bench.arena import Arena
from bench.broken_rules import broken_rules

EQUIVALENT = Path(__file__).with_name("equivalent.txt")


class Fate(NamedTuple):
    """What became of a mutant. ``group`` is its module, or the requirement whose declaration was changed."""

    group: str
    key: str
    line: int
    killed_by: str
    reached: bool = True


def fates(arena: Arena, wanted: Collection[str] = ()) -> Iterable[Fate]:
    """Runs the mutants of modules and declarations whose name holds one of these words, or of all."""
    for mutant in arena.mutants():
        if _is_wanted(mutant.module, wanted):
            yield Fate(
                mutant.module, mutant.key, mutant.line, arena.is_killed(mutant), reached=bool(arena.cases_of(mutant))
            )
    for broken in broken_rules():
        if _is_wanted(broken.id, wanted):
            yield Fate(broken.id, broken.key, 0, arena.is_noticed(broken))


def _is_wanted(name: str, wanted: Collection[str]) -> bool:
    return not wanted or any(word in name for word in wanted)


def equivalents(path: Path = EQUIVALENT) -> dict[str, str]:
    """Mutants that need no killing, with the reason: the heading that they stand under."""
    reason, found = "", dict[str, str]()
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line.strip():
            found[line.strip()] = reason
    return found


def report(all_fates: list[Fate], excused: Collection[str]) -> None:
    """The rates by module and by requirement, then who survived."""
    made, killed, left = Counter[str](), Counter[str](), list[Fate]()
    for fate in all_fates:
        if not fate.killed_by and fate.key in excused:
            continue
        made[fate.group] += 1
        killed[fate.group] += bool(fate.killed_by)
        left += [] if fate.killed_by else [fate]
    print(f"{'module or requirement':44} {'mutants':>7} {'killed':>7} {'rate':>6}")
    for group in made:
        print(f"{group:44} {made[group]:7} {killed[group]:7} {killed[group] / made[group]:6.0%}")
    for told, is_told in (("modules", True), ("declarations", False)):
        groups = [group for group in made if group.endswith(".py") is is_told]
        total, dead = sum(made[group] for group in groups), sum(killed[group] for group in groups)
        print(f"{'all ' + told:44} {total:7} {dead:7} {dead / max(total, 1):6.1%}")
    print("\nSurvivors")
    for fate in left:
        print(f"{fate.line:4} {fate.key}{'' if fate.reached else '   (no example runs this line)'}")
    used = {fate.key for fate in all_fates}
    killed_anyway = {fate.key for fate in all_fates if fate.killed_by}
    for key in excused:
        if key in killed_anyway - {fate.key for fate in all_fates if not fate.killed_by}:
            print(f"excused, but killed: {key}")
        elif key not in used:
            print(f"excused, but not made: {key}")


def main(wanted: Collection[str]) -> int:
    """Runs and tells."""
    excused = equivalents()
    report(list(fates(Arena(), wanted)), [key for key in excused if _is_wanted(key, wanted)])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
