"""Where mutants meet worked examples: functions get changed code while examples are played, in one process."""

from __future__ import annotations

import ast
import gc
import importlib
import logging
import signal
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

from bench.broken_rules import BrokenRule
from bench.mutation import PASSING, Mutant, mutants_of
from bench.wording import Wording
from rules.ladder import Case, all_cases, play_case
from rules.ledger import load_rules
from rules.model import PASSED
from rules.registry import RULES

ROOT = Path(__file__).parent.parent
FOLDERS = ("rules/ts24303", "rules/base")
LIMIT = 2.0
"""Seconds of processor time after which an example that is played is taken for endless."""


class Endless(BaseException):
    """A mutant that does not come to an end; no rule may swallow it."""


def _stop(signum: int, frame: FrameType | None) -> None:
    raise Endless


class Arena:
    """All rules, worked examples (of some rules, or all), and which line each example runs."""

    def __init__(self, rules: Iterable[str] | None = None) -> None:
        load_rules()
        self.files = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.py"))]
        self.trees = {_told(path): ast.parse(path.read_text("utf-8"), str(path)) for path in self.files}
        others = [path for path in sorted((ROOT / "rules").rglob("*.py")) if path not in self.files]
        self.wording = Wording(self.trees | {_told(path): ast.parse(path.read_text("utf-8")) for path in others})
        self.modules = {name: importlib.import_module(name[:-3].replace("/", ".")) for name in self.trees}
        self.cases = list(all_cases(rules))
        self.ran: dict[tuple[str, int], list[int]] = defaultdict(list)
        for n, case in enumerate(self.cases):
            for place in self._lines_of(case):
                self.ran[place].append(n)
        self.functions: dict[tuple[str, str, int], list[FunctionType]] = defaultdict(list)
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(str(ROOT / "rules")):
                self.functions[_place(thing.__code__)].append(thing)
        for module in self.modules.values():
            setattr(module, PASSING, PASSED)

    def _lines_of(self, case: Case) -> set[tuple[str, int]]:
        """The lines of rule modules that an example runs."""
        seen: set[tuple[str, int]] = set()
        folders = tuple(str(ROOT / folder) for folder in FOLDERS)

        def enter(frame: FrameType, what: str, _: Any) -> Any:
            return step if frame.f_code.co_filename.startswith(folders) else None

        def step(frame: FrameType, what: str, _: Any) -> Any:
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            return step

        sys.settrace(enter)
        try:
            shown = play_case(case).verdict_of(case.rule)
        finally:
            sys.settrace(None)
        assert shown is case.verdict, f"{case}: got {shown.value} before anything was broken"
        return {(str(Path(name).relative_to(ROOT)), line) for name, line in seen}

    # Mutants

    def mutants(self) -> Iterator[Mutant]:
        """Every mutant of every module."""
        for name, tree in self.trees.items():
            for mutant in mutants_of(name, tree, self.wording):
                if mutant.function or self._reads_of(mutant):
                    yield mutant

    def cases_of(self, mutant: Mutant) -> list[int]:
        """The examples that run the line of a change, or a line that reads the changed constant."""
        lines = [(mutant.module, n) for n in range(mutant.line, mutant.last_line + 1)]
        if not mutant.function:
            lines = [(self.wording.module_of(node), node.lineno) for node in self._reads_of(mutant)]
        return sorted({n for place in lines for n in self.ran.get(place, ())})

    def _reads_of(self, mutant: Mutant) -> list[ast.expr]:
        """Where functions read a constant for more than words; what only declarations read is changed there."""
        loads = self.wording.loads.get(self._constant(mutant)[0], [])
        return [node for node in loads if self.wording.function_of(node) and not self.wording.is_word(node)]

    def _constant(self, mutant: Mutant) -> tuple[str, ast.expr]:
        """The name and the value of the constant that a change is in."""
        chain = [mutant.parent, *(parent for _, parent in self.wording.above(mutant.parent))]
        for node in chain:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                target, value = node.targets[0] if isinstance(node, ast.Assign) else node.target, node.value
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):  # A, B = 1, 2
                    inside = chain[chain.index(value) - 1] if mutant.parent is not value else None
                    n = mutant.place if inside is None else value.elts.index(inside)  # type: ignore[arg-type]
                    target, value = target.elts[n], value.elts[n]
                return (target.id if isinstance(target, ast.Name) else ""), value
        return "", ast.Constant(None)

    def is_killed(self, mutant: Mutant) -> str:
        """The first example that gets another verdict; empty if none does."""
        with mutant.made(), self._with_code(mutant) if mutant.function else self._with_constant(mutant):
            return self._play(self.cases_of(mutant))

    def _play(self, numbers: Iterable[int]) -> str:
        before = signal.signal(signal.SIGVTALRM, _stop), logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            return self._first_changed(numbers)
        finally:
            signal.signal(signal.SIGVTALRM, before[0])
            logging.disable(before[1])

    def _first_changed(self, numbers: Iterable[int]) -> str:
        for n in numbers:
            case = self.cases[n]
            signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
            try:
                same = play_case(case).verdict_of(case.rule) is case.verdict
            except (Exception, Endless):
                same = False
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            if not same:
                return str(case)
        return ""

    @contextmanager
    def _with_code(self, mutant: Mutant) -> Iterator[None]:
        """Every function made of the module runs its changed code."""
        path = str(ROOT / mutant.module)
        changed = compile(self.trees[mutant.module], path, "exec")
        swapped: list[tuple[FunctionType, CodeType]] = []
        for code in _codes(changed):
            for function in self.functions.get(_place(code), ()):
                swapped.append((function, function.__code__))
                function.__code__ = code
        try:
            yield
        finally:
            for function, code in swapped:
                function.__code__ = code

    @contextmanager
    def _with_constant(self, mutant: Mutant) -> Iterator[None]:
        """Every module that has the constant has the changed one."""
        name, value = self._constant(mutant)
        home = vars(self.modules[mutant.module])
        new = eval(compile(ast.Expression(value), mutant.module, "eval"), dict(home))
        old = home.get(name)
        modules = [vars(module) for told, module in list(sys.modules.items()) if told.startswith("rules.")]
        holders = [names for names in modules if name in names and names[name] is old]
        for names in holders:
            names[name] = new
        try:
            yield
        finally:
            for names in holders:
                names[name] = old

    def is_noticed(self, broken: BrokenRule) -> str:
        """The first example of its rule that a changed declaration changes."""
        declared = RULES[broken.id]
        kept = declared[broken.place]
        declared[broken.place] = broken.rule
        try:
            return self._play(n for n, case in enumerate(self.cases) if case.rule == broken.id)
        finally:
            declared[broken.place] = kept


def _told(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from _codes(const)
