"""What can be broken in a rule's code: small changes of a syntax tree, made in place and taken back."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass

from bench.wording import FUNCTIONS, Wording, called

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
TWINS = {"any": "all", "all": "any", "min": "max", "max": "min"}
LARGE = 1000
PASSING = "mutant_passes"
"""The name under which every module finds PASSED while its mutants run."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: ``old`` becomes ``new``, inside ``function`` (empty: a constant of the module)."""

    module: str
    function: str
    line: int
    last_line: int
    old: str
    new: str
    parent: ast.AST
    field: str
    place: int  # in a list; -1: the field itself
    node: ast.AST

    @property
    def key(self) -> str:
        """Names it whatever line it stands on."""
        return f"{self.module}::{self.function or 'module'}: {self.old} -> {self.new}"

    @contextmanager
    def made(self) -> Iterator[None]:
        """The tree with the change."""
        held = getattr(self.parent, self.field)
        if self.place < 0:
            setattr(self.parent, self.field, self.node)
        else:
            setattr(self.parent, self.field, [*held[: self.place], self.node, *held[self.place + 1 :]])
        yield
        setattr(self.parent, self.field, held)


def mutants_of(module: str, tree: ast.Module, wording: Wording) -> Iterator[Mutant]:
    """Every change of a module that may alter a verdict."""
    yield from _below(tree, module, "", wording)


def _below(parent: ast.AST, module: str, function: str, wording: Wording) -> Iterator[Mutant]:
    for field, value in ast.iter_fields(parent):
        if _is_outside(parent, field, function):
            continue
        nodes = value if isinstance(value, list) else [value]
        for n, node in enumerate(nodes):
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr):
                continue
            inner = f"{function}.{node.name}".strip(".") if isinstance(node, (*FUNCTIONS, ast.ClassDef)) else function
            if not wording.is_word(node):
                place = n if isinstance(value, list) else -1
                yield from _here(parent, field, place, node, module, function, wording)
            yield from _below(node, module, inner, wording)


def _is_outside(parent: ast.AST, field: str, function: str) -> bool:
    """Annotations, defaults, decorators; outside functions only the values of constants count."""
    if field in ("annotation", "returns", "decorator_list", "args") and isinstance(
        parent, (*FUNCTIONS, ast.AnnAssign, ast.arg)
    ):
        return True
    if isinstance(parent, ast.Lambda) and field == "args":
        return True
    return isinstance(parent, ast.AnnAssign | ast.Assign) and not function and field != "value"


def _here(
    parent: ast.AST, field: str, place: int, node: ast.AST, module: str, function: str, wording: Wording
) -> Iterator[Mutant]:
    if not isinstance(node, ast.expr):
        return
    for new, old in _changes(parent, field, node, function, wording):
        ast.copy_location(new, node)
        ast.fix_missing_locations(new)
        was, is_now = (" ".join(ast.unparse(n).split()) for n in (old, new))
        last = node.end_lineno or node.lineno
        yield Mutant(module, function, node.lineno, last, was, is_now, parent, field, place, new)


def _changes(
    parent: ast.AST, field: str, node: ast.expr, function: str, wording: Wording
) -> Iterator[tuple[ast.expr, ast.AST]]:
    """Each changed node, and what it takes the place of in words."""
    if not function:
        chain = (parent, *(above for _, above in wording.above(parent)))
        if any(isinstance(above, ast.Expr | ast.Subscript) for above in chain):
            return
        several = isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple)
        yield from ((new, node) for new in (*_shifted(node), *(() if several else _shortened(node))))
        return
    if field == "test" or (field == "ifs" and isinstance(parent, ast.comprehension)):
        yield ast.UnaryOp(ast.Not(), node), node
    if isinstance(parent, ast.Return):
        yield from ((new, parent) for new in _returned(node, wording.function_of(parent)))
    by_type = CHANGES.get(type(node))
    if by_type:
        yield from ((new, node) for new in by_type(node))
    if not isinstance(parent, ast.Slice):
        yield from ((new, node) for new in _shifted(node))


def _shifted(node: ast.expr) -> Iterator[ast.expr]:
    """One more and one less; a large number, which is a measure, twice and half."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + 1 if node.value <= LARGE else node.value * 2)
        yield ast.Constant(node.value - 1 if node.value <= LARGE else node.value // 2)


def _shortened(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Tuple | ast.Set | ast.List) and len(node.elts) > 1:
        for n in range(len(node.elts)):
            short = copy(node)
            short.elts = [*node.elts[:n], *node.elts[n + 1 :]]
            yield short


def _returned(node: ast.expr, function: ast.AST | None) -> Iterator[ast.expr]:
    if called(node) in ("failed", "inconclusive", "blamed"):
        yield ast.Name(PASSING, ast.Load())
    elif isinstance(node, ast.Name) and node.id == "PASSED":
        yield ast.Constant(None)  # a crash where a pass is due
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    gives = getattr(function, "returns", None)
    if isinstance(gives, ast.Name) and gives.id == "str" and isinstance(node, ast.Constant | ast.JoinedStr):
        yield ast.Constant("" if not isinstance(node, ast.Constant) or node.value else "a fault")


def _compared(node: ast.Compare) -> Iterator[ast.expr]:
    for n, op in enumerate(node.ops):
        if type(op) in COMPARED:
            new = copy(node)
            new.ops = [*node.ops[:n], COMPARED[type(op)](), *node.ops[n + 1 :]]
            yield new
        yield from _compared_with_less(node, n)


def _compared_with_less(node: ast.Compare, n: int) -> Iterator[ast.expr]:
    for short in _shortened(node.comparators[n]) if isinstance(node.ops[n], ast.In | ast.NotIn) else ():
        new = copy(node)
        new.comparators = [*node.comparators[:n], short, *node.comparators[n + 1 :]]
        yield new


def _joined(node: ast.BoolOp) -> Iterator[ast.expr]:
    is_and = isinstance(node.op, ast.And)
    if not any(map(_narrows, node.values)):
        yield ast.BoolOp(ast.Or() if is_and else ast.And(), node.values)
    for n, part in enumerate(node.values):
        if _narrows(part):
            continue
        # The part stays in the code, never reached, so that a closure keeps its variables.
        without = ast.BoolOp(ast.Or() if is_and else ast.And(), [ast.Constant(is_and), part])
        yield ast.BoolOp(node.op, [*node.values[:n], without, *node.values[n + 1 :]])


def _narrows(part: ast.expr) -> bool:
    """What makes a type narrower: without it the next part would crash, or mypy complain."""
    if isinstance(part, ast.UnaryOp):
        part = part.operand
    if called(part) == "isinstance":
        return True
    if not isinstance(part, ast.Compare):
        return False
    other = part.comparators[0]
    return isinstance(other, ast.Constant) and other.value is None


def _computed(node: ast.BinOp) -> Iterator[ast.expr]:
    if type(node.op) in COMPUTED:
        yield ast.BinOp(node.left, COMPUTED[type(node.op)](), node.right)


def _called(node: ast.Call) -> Iterator[ast.expr]:
    if isinstance(node.func, ast.Name) and node.func.id in TWINS:
        new = copy(node)
        new.func = ast.Name(TWINS[node.func.id], ast.Load())
        yield new


def _negated(node: ast.UnaryOp) -> Iterator[ast.expr]:
    if isinstance(node.op, ast.Not):
        yield node.operand


CHANGES: dict[type[ast.expr], Callable[[ast.expr], Iterator[ast.expr]]] = {
    ast.Compare: _compared,  # type: ignore[dict-item]
    ast.BoolOp: _joined,  # type: ignore[dict-item]
    ast.BinOp: _computed,  # type: ignore[dict-item]
    ast.Call: _called,  # type: ignore[dict-item]
    ast.UnaryOp: _negated,  # type: ignore[dict-item]
}
