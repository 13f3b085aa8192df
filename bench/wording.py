"""Tells code that only words a finding from code that decides it: a worked example states a verdict and no words."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

SAID = frozenset({"expected", "observed", "related", "reason", "words"})
"""Arguments that only tell, whoever takes them."""
PLACED = frozenset({"frame", "at"})
"""Arguments of an outcome that only tell where."""
SAYERS = frozenset({"inconclusive", "noted", "seconds", "name_of"})
OUTCOMES = frozenset({"failed", "replace"})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def called(node: ast.AST) -> str:
    """The name of what a call calls, or nothing."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


class Wording:
    """Which nodes of some modules are words; what is given to a name that is only used in words is words as well."""

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        self.parent: dict[ast.AST, ast.AST] = {}
        self._module: dict[ast.AST, str] = {}
        self._functions: set[tuple[str, str]] = set()
        self._locals: set[tuple[ast.AST, str]] = set()
        for name, tree in trees.items():
            self._module[tree] = name
            for node in ast.walk(tree):
                self.parent.update(dict.fromkeys(ast.iter_child_nodes(node), node))
        self.loads: dict[str, list[ast.expr]] = {}
        for tree in trees.values():
            for node in ast.walk(tree):
                self._note(node)
        while self._learn(trees):
            pass

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self.loads.setdefault(node.id, []).append(node)
        elif isinstance(node, ast.Attribute):
            self.loads.setdefault(node.attr, []).append(node)

    def above(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Pairs of a node and its parent, upwards."""
        while (parent := self.parent.get(node)) is not None:
            yield node, parent
            node = parent

    def module_of(self, node: ast.AST) -> str:
        """The module a node is in."""
        for _, node in self.above(node):  # noqa: B007, B020 - the last one is the module
            pass
        return self._module[node]

    def function_of(self, node: ast.AST) -> ast.AST | None:
        """The innermost ``def`` around a node; decorators and defaults are outside."""
        around = (
            parent for child, parent in self.above(node) if isinstance(parent, FUNCTIONS) and child in parent.body
        )
        return next(around, None)

    def is_word(self, node: ast.AST) -> bool:
        """Whether what this node gives can only be read in a finding."""
        for child, parent in self.above(node):
            if isinstance(parent, ast.JoinedStr | ast.Assert):
                return True
            if isinstance(parent, ast.keyword):
                continue
            if isinstance(parent, ast.Call) and _says(parent, child):
                return True
            if isinstance(parent, ast.Assign) and child is parent.value and self._fills_words(parent):
                return True
            if isinstance(parent, FUNCTIONS):
                return (self.module_of(parent), parent.name) in self._functions
        return False

    def _fills_words(self, given: ast.Assign) -> bool:
        names = [n.id for target in given.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
        function = self.function_of(given)
        return function is not None and all((function, name) in self._locals for name in names)

    def _learn(self, trees: Mapping[str, ast.Module]) -> bool:
        """Finds more functions and local names that serve words only."""
        before = len(self._functions) + len(self._locals)
        for module, tree in trees.items():
            for function in (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)):
                if self._serves_words(module, function):
                    self._functions.add((module, function.name))
                self._learn_locals(function)
        return len(self._functions) + len(self._locals) > before

    def _serves_words(self, module: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        used = [n for n in self.loads.get(function.name, ()) if self.function_of(n) is not function]
        if function.name.startswith("_"):
            used = [node for node in used if self.module_of(node) == module]
        return bool(used) and not function.decorator_list and all(map(self.is_word, used))

    def _learn_locals(self, function: ast.AST) -> None:
        loads: dict[str, list[ast.AST]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                loads.setdefault(node.id, []).append(node)
        self._locals |= {(function, name) for name, used in loads.items() if all(map(self.is_word, used))}


def _says(call: ast.Call, part: ast.AST) -> bool:
    if called(call) in SAYERS:
        return part is not call.func
    if isinstance(part, ast.keyword):
        return part.arg in SAID or (part.arg in PLACED and called(call) in OUTCOMES)
    return False
