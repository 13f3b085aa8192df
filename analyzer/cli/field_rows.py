"""``-T fields`` of ``dsmip decode``: the fields of each packet in a row, with tshark's options."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analyzer.cli.trouble import Trouble
from dissectors.inert import inert

if TYPE_CHECKING:
    from analyzer.filters.printing import Columns

NAMED = {"/t": "\t", "/s": " "}
QUOTES = {"d": '"', "s": "'", "n": ""}
FieldNames = Annotated[
    list[str] | None, typer.Option("-e", metavar="FIELD", help="With -T fields: a field to print; may be repeated.")
]
FieldOptions = Annotated[
    list[str] | None,
    typer.Option(
        "-E",
        metavar="KEY=VALUE",
        help="With -T fields, as in tshark: header=y, separator=/t, aggregator=, quote=d|s|n, occurrence=f|l|a.",
    ),
]
ALLOWED = {"header": "yn", "quote": "dsn", "occurrence": "fla"}


@dataclass
class Layout:
    """What ``-E`` says: tshark's keys and defaults."""

    header: str = "n"
    separator: str = "/t"
    aggregator: str = ","
    quote: str = "n"
    occurrence: str = "a"

    @classmethod
    def of(cls, options: Sequence[str]) -> Layout:
        """Raises :class:`Trouble` where a key or value is none."""
        layout = cls()
        for option in options:
            key, sign, value = option.partition("=")
            keys = cls.__dataclass_fields__
            if not sign or key not in keys:
                raise Trouble(f"-E {inert(option)}: write KEY=VALUE with one of {', '.join(keys)}")
            if key in ALLOWED:
                if value not in tuple(ALLOWED[key]):
                    raise Trouble(f"-E {inert(option)}: {key} is one of {', '.join(ALLOWED[key])}")
            elif value not in NAMED and len(value) != 1:
                raise Trouble(f"-E {inert(option)}: {key} is one character, /t for a tab or /s for a blank")
            setattr(layout, key, value)
        return layout


@dataclass(frozen=True)
class Rows:
    """The rows that were asked for."""

    columns: Columns
    layout: Layout

    @classmethod
    def of(cls, names: Sequence[str] | None, options: Sequence[str] | None) -> Rows:
        """Raises :class:`Trouble` where a field or an option is none."""
        from analyzer.filters.printing import Columns, UnknownFieldError

        layout = Layout.of(options or ())
        if not names:
            raise Trouble("-T fields: name the fields with -e, such as -e frame.number -e mip6.bu.seqnr")
        try:
            return cls(Columns(names), layout)
        except UnknownFieldError as error:
            raise Trouble(f"-e: {error}") from None

    def write(self, packets: Iterator[tuple[Any, int]], facts: Callable[[bool], Any]) -> int:
        """Prints them, and tells how many. ``facts`` is asked for them, with findings or without."""
        from analyzer.filters.printing import joined

        layout, known, shown = self.layout, facts(self.columns.needs_findings), 0
        between, aggregator = (NAMED.get(text, text) for text in (layout.separator, layout.aggregator))
        if layout.header == "y":
            sys.stdout.write(between.join(self.columns.names) + "\n")
        for packet, _ in packets:
            cells = self.columns.of(packet, known)
            row = joined(cells, between, aggregator, occurrence=layout.occurrence, quote=QUOTES[layout.quote])
            sys.stdout.write(row + "\n")
            shown += 1
        return shown
