"""From the text of a filter to a function of packets: names are looked up and literals read once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from analyzer.filters.comparing import (
    SYMBOLS,
    Test,
    compared,
    containing,
    every,
    fields_compared,
    matching,
    one_of,
    present,
    quantified,
    some,
    within,
)
from analyzer.filters.errors import FilterError, meant
from analyzer.filters.grammar import expected, parser
from analyzer.filters.kinds import BadValue, Kind, literal
from analyzer.filters.registry import FIELDS, GROUPS
from analyzer.filters.spec import FieldSpec
from analyzer.filters.view import NO_FACTS, Facts, View
from analyzer.packets import Packet
from dissectors.record import record

MOST_TEXT = 10_000
MOST_DEEP = 100
JUDGED = frozenset({"rule", "rule.id", "rule.failed", "verdict"})
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", '"': '"'}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")


@record
class Filter:
    """A compiled filter. ``fields`` are the fields and groups it names."""

    text: str
    test: Test
    fields: frozenset[str] = frozenset()

    def matches(self, packet: Packet, facts: Facts = NO_FACTS) -> bool:
        """Whether the packet is let through."""
        return self.test(View(packet, facts))

    @property
    def needs_findings(self) -> bool:
        """Whether it asks for verdicts, which only a judged run gives."""
        return not self.fields.isdisjoint(JUDGED)


class Word(NamedTuple):
    """A word or string of the filter, and where it stands."""

    text: str
    quoted: bool
    start: int
    end: int

    def wrong(self, message: str) -> FilterError:
        return FilterError(message, self.start, self.end)


def compile_filter(text: str) -> Filter:
    """The filter that the text means; "" lets all through. Raises :class:`FilterError`."""
    if len(text) > MOST_TEXT:
        raise FilterError(f"a filter has at most {MOST_TEXT:,} characters", MOST_TEXT)
    if not text.strip():
        return Filter(text, lambda view: True)
    tree = _parse(text)
    words = tree.scan_values(lambda token: token is not None and token.type == "WORD")
    return Filter(text, _compile(tree, 0), frozenset(w for w in map(str, words) if w in FIELDS or w in GROUPS))


def _parse(text: str) -> Any:
    from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

    try:
        return parser().parse(text)
    except UnexpectedToken as error:
        place = len(text) if error.token.type == "$END" else error.token.start_pos or 0
        wanted = expected(set(error.expected or ()), text[:place])
        if error.token.type == "$END":
            missing = f": {wanted} is missing" if wanted else ""
            raise FilterError(f"the filter ends too soon{missing}", len(text)) from None
        at = error.token.start_pos or 0
        said = f'"{error.token}" cannot stand here' + (f"; expected {wanted}" if wanted else "")
        raise FilterError(said, at, at + len(error.token)) from None
    except UnexpectedCharacters as error:
        raise _unreadable(text, error.pos_in_stream or 0, error.allowed or set()) from None
    except UnexpectedInput as error:
        raise FilterError("this cannot be read", error.pos_in_stream or 0) from None


def _unreadable(text: str, at: int, allowed: set[str]) -> FilterError:
    if text[at] == '"':
        return FilterError('the string has no closing "', at, len(text))
    if text[at] == "=" and text[at : at + 2] != "==":
        return FilterError("write == to compare", at)
    word = re.match(r"[\w.:/]+|.", text[at:], re.DOTALL)
    found = word[0] if word else text[at]
    wanted = expected(allowed, text[:at])
    return FilterError(f'"{found}" cannot stand here' + (f"; expected {wanted}" if wanted else ""), at, at + len(found))


def _compile(node: Any, depth: int) -> Test:
    if depth > MOST_DEEP:
        raise FilterError(f"nested more than {MOST_DEEP} deep", 0)
    parts = node.children
    if node.data in JOINED:
        return JOINED[node.data]([_compile(part, depth + 1) for part in parts[::2]])
    if node.data == "negation":
        inner = _compile(parts[1], depth + 1)
        return lambda view: not inner(view)
    return TESTS[node.data](*parts)


def _both(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda view: first(view) and second(view)
    return lambda view: all(test(view) for test in tests)


def _either(tests: list[Test]) -> Test:
    return lambda view: any(test(view) for test in tests)


def _exclusive(tests: list[Test]) -> Test:
    return lambda view: sum(test(view) for test in tests) % 2 == 1


def _exists(token: Any) -> Test:
    word = _word(token)
    group = None if word.quoted else GROUPS.get(word.text)
    if group is not None:
        extracts = [row.extract for row in group]
        return lambda view: any(extract(view) for extract in extracts)
    return present(_field(word).extract)


def _comparison(quantifier: Any, left: Any, operator: Any, right: Any) -> Test:
    row, other = _field(_word(left)), _word(right)
    symbol = SYMBOLS.get(str(operator).lower(), str(operator))
    another = None if other.quoted or row.kind is Kind.WORD else FIELDS.get(other.text)
    word = str(quantifier or "").lower()
    if another is not None:
        if not _comparable(row, another):
            raise other.wrong(f"{row.name} is {row.kind.phrase}, {another.name} is {another.kind.phrase}")
        return fields_compared(row.extract, symbol, another.extract, word)
    return compared(row.extract, symbol, _value(row, other), word)


def _comparable(one: FieldSpec, other: FieldSpec) -> bool:
    alike = ({Kind.NUMBER, Kind.BOOLEAN}, {Kind.STRING, Kind.WORD}, {Kind.BYTES, Kind.PROTOCOL})
    addresses = one.kind.is_address and other.kind.is_address
    return one.kind is other.kind or addresses or any({one.kind, other.kind} <= kinds for kinds in alike)


def _contains(quantifier: Any, left: Any, operator: Any, right: Any) -> Test:
    row, other = _text_field(left, operator), _word(right)
    wanted = other.text if row.kind in (Kind.STRING, Kind.WORD) else _value(row, other)
    return quantified(row.extract, containing(wanted), "contains", str(quantifier or "").lower())


def _matches(quantifier: Any, left: Any, operator: Any, right: Any) -> Test:
    row, other = _text_field(left, operator), _word(right, pattern=True)
    try:
        one = matching(row.kind, other.text)
    except re.error as error:
        raise other.wrong(f"no regular expression: {error}") from None
    return quantified(row.extract, one, "matches", str(quantifier or "").lower())


def _text_field(token: Any, operator: Any) -> FieldSpec:
    word = _word(token)
    row = _field(word)
    if not row.kind.is_text:
        raise word.wrong(f"{row.name} is {row.kind.phrase}; {operator} is for text and bytes")
    return row


def _member(quantifier: Any, left: Any, _in: Any, elements: Any) -> Test:
    row = _field(_word(left))
    ones = [_element(row, element) for element in elements.children]
    holds = every if str(quantifier or "").lower() == "all" else some
    return holds(row.extract, lambda value: any(one(value) for one in ones))


def _not_member(quantifier: Any, left: Any, _not: Any, _in: Any, elements: Any) -> Test:
    inner = _member(quantifier, left, _in, elements)
    return lambda view: not inner(view)


def _element(row: FieldSpec, element: Any) -> Callable[[Any], bool]:
    if getattr(element, "data", "") != "span":
        return one_of("==", _value(row, _word(element)))
    first, last = _word(element.children[0]), _word(element.children[2])
    low, high = _value(row, first), _value(row, last)
    if getattr(low, "num_addresses", 0) or getattr(high, "num_addresses", 0):
        raise first.wrong("a prefix cannot be the end of a range")
    if getattr(low, "version", 0) != getattr(high, "version", 0) or low > high:
        raise FilterError("the range ends before it begins", first.start, last.end)
    return within(low, high)


def _bits(left: Any, _operator: Any, right: Any) -> Test:
    word, other = _word(left), _word(right)
    row = _field(word)
    if row.kind is not Kind.NUMBER:
        raise word.wrong(f"{row.name} is {row.kind.phrase}; & is for numbers")
    mask = _value(row, other)
    return some(row.extract, lambda value: bool(value & mask))


def _field(word: Word) -> FieldSpec:
    row = None if word.quoted else FIELDS.get(word.text)
    if row is not None:
        return row
    if word.quoted:
        raise word.wrong("a comparison begins with a field, not with a value")
    if word.text in GROUPS:
        first = GROUPS[word.text][0].name
        raise word.wrong(f"{word.text} is a group of fields, such as {first}; it can only be there or not")
    raise word.wrong(f"there is no field {word.text}{meant(word.text, FIELDS)}")


def _value(row: FieldSpec, word: Word) -> Any:
    try:
        return literal(row.kind, word.text, quoted=word.quoted, names=row.names, shown=row.shown)
    except BadValue as error:
        raise word.wrong(f'{row.name}: "{word.text}" {error}') from None


def _word(token: Any, *, pattern: bool = False) -> Word:
    """Quotes and escapes are taken off; a pattern keeps its backslashes."""
    text, start = str(token), token.start_pos
    end = start + len(text)
    if token.type == "RAW":
        return Word(text[2:-1], True, start, end)
    if token.type == "STRING":
        bare = text[1:-1]
        return Word(bare.replace('\\"', '"') if pattern else _ESCAPE.sub(_unescaped, bare), True, start, end)
    return Word(text, False, start, end)


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) == 3 else ESCAPES.get(code, code)


JOINED: dict[str, Callable[[list[Test]], Test]] = {"both": _both, "either": _either, "exclusive": _exclusive}
TESTS: dict[str, Callable[..., Test]] = {
    "exists": _exists,
    "comparison": _comparison,
    "contains": _contains,
    "matches": _matches,
    "member": _member,
    "not_member": _not_member,
    "bits": _bits,
}
