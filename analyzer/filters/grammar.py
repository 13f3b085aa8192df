"""The grammar: Wireshark's display filters without slices, functions and arithmetic; LALR(1).

``and`` binds tighter than ``xor``, that tighter than ``or`` (Wireshark 4.0). A word is a field or a value: which of
them is known only when names are looked up, so the grammar has one terminal for both.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

GRAMMAR = r"""
?start: either
?either: exclusive (OR exclusive)*
?exclusive: both (XOR both)*
?both: single (AND single)*
?single: NOT single -> negation
       | "(" either ")"
       | test

?test: operand                               -> exists
     | [QUANTIFIER] operand COMPARISON operand -> comparison
     | [QUANTIFIER] operand CONTAINS operand   -> contains
     | [QUANTIFIER] operand MATCHES operand    -> matches
     | [QUANTIFIER] operand IN elements        -> member
     | [QUANTIFIER] operand NOT IN elements    -> not_member
     | operand BITS operand                  -> bits

elements: "{" element (","? element)* "}"
?element: operand | operand RANGE operand -> span
?operand: WORD | STRING | RAW

OR.3: /\|\||or(?![\w.:\/-])/i
XOR.3: /\^\^|xor(?![\w.:\/-])/i
AND.3: /&&|and(?![\w.:\/-])/i
NOT.3: /!(?!=)|not(?![\w.:\/-])/i
QUANTIFIER.3: /(any|all)(?=\s)/i
COMPARISON.4: /===|!==|==|!=|~=|>=|<=|>|<|(eq|ne|gt|ge|lt|le|all_eq|any_eq|all_ne|any_ne)(?![\w.:\/-])/i
CONTAINS.3: /contains(?![\w.:\/-])/i
MATCHES.3: /~(?!=)|matches(?![\w.:\/-])/i
IN.3: /in(?![\w.:\/-])/i
BITS.2: /&(?!&)|bitand(?![\w.:\/-])/i
RANGE.4: ".."
RAW.3: /r"[^"\n]*"/i
STRING: /"(\\.|[^"\\\n])*"/
WORD.1: /(?:[\w:\/+@*-]|\.(?!\.))+/

%import common.WS
%ignore WS
"""

SAID = {
    "OR": "or",
    "XOR": "xor",
    "AND": "and",
    "NOT": "not",
    "LPAR": "(",
    "RPAR": ")",
    "COMPARISON": "a comparison such as ==",
    "CONTAINS": "contains",
    "MATCHES": "matches",
    "IN": "in",
    "LBRACE": "{",
    "RBRACE": "}",
    "RANGE": "..",
}
"""How an error names what could have stood there; terminals that are not here are left out."""


@lru_cache(maxsize=1)
def parser() -> Any:
    """The parser, made when the first filter is compiled."""
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=True)


_AWAITS_VALUE = re.compile(r"([=<>~{,]|(?<!&)&|\b(eq|ne|gt|lt|ge|le|contains|matches))\s*$", re.IGNORECASE)


def expected(terminals: set[str], before: str) -> str:
    """What could have stood behind ``before``, in words."""
    if "WORD" in terminals:
        return "a value" if _AWAITS_VALUE.search(before) else "a field"
    closed = before.count("(") <= before.count(")")
    words = [SAID[name] for name in SAID if name in terminals and not (name == "RPAR" and closed)]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
