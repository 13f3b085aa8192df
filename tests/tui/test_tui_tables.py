"""Tables without a screen: order, words, groups, and that arranging gives way to keys."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from analyzer.tui.tables import Column, Group, Table, Wish, words_of


@dataclass(frozen=True)
class City:
    name: str
    people: int
    country: str


CITIES = [City("Ulm", 126, "de"), City("Bern", 134, "ch"), City("Kiel", 246, "de"), City("Basel", 173, "ch")]
COLUMNS: tuple[Column[City], ...] = (
    Column("Name", lambda c: c.name, lambda c: c.name),
    Column("People", lambda c: str(c.people), lambda c: c.people),
)


def table_of(cities: list[City], clock: list[float] | None = None) -> Table[City]:
    now = clock if clock is not None else [0.0]
    return Table(
        COLUMNS, lambda: len(cities), cities.__getitem__, groups={"country": lambda c: c.country}, clock=lambda: now[0]
    )


def arranged(table: Table[City], wish: Wish) -> list[object]:
    table.ask(wish)
    table.catch_up()
    return [line.name if isinstance(line, Group) else table.row(line).name for line in table.lines]


def test_rows_come_in_the_order_of_the_source_and_none_is_made_for_that() -> None:
    made: list[int] = []
    table = Table(COLUMNS, lambda: 1_000_000, lambda n: made.append(n) or CITIES[0])
    table.catch_up()
    assert (len(table), made) == (1_000_000, [])
    table.ask(Wish(reverse=True))
    table.catch_up()
    assert (table.lines[0], table.line_of(999_999), made) == (999_999, 0, [])


def test_a_column_sorts_and_turns_round() -> None:
    table = table_of(CITIES)
    assert arranged(table, Wish(sort=0)) == ["Basel", "Bern", "Kiel", "Ulm"]
    assert arranged(table, Wish(sort=1, reverse=True)) == ["Kiel", "Basel", "Bern", "Ulm"]


def test_all_words_have_to_occur_in_whatever_case() -> None:
    table = table_of(CITIES)
    assert arranged(table, Wish(words=words_of("EL  2"))) == ["Kiel"]
    assert arranged(table, Wish(words=words_of("nowhere"))) == []
    assert (table.chosen, table.total) == (0, 4)


def test_groups_have_heads_with_counts_and_fold() -> None:
    table = table_of(CITIES)
    assert arranged(table, Wish(sort=1, group="country")) == ["ch", "Bern", "Basel", "de", "Ulm", "Kiel"]
    table.fold("ch")
    assert table.lines[:3] == [Group("ch", 2, folded=True), Group("de", 2, folded=False), 0]
    table.fold_all()
    assert [line.name for line in table.lines if isinstance(line, Group)] == ["ch", "de"]
    assert len(table) == 2
    table.fold_all()
    assert len(table) == 6


def test_arranging_stops_when_its_time_is_up_and_goes_on_later() -> None:
    now = [0.0]
    cities = [City(f"c{n:05}", n, "xx") for n in range(1000)]

    def row(number: int) -> City:
        now[0] += 0.001
        return cities[number]

    table = Table(COLUMNS, lambda: len(cities), row, clock=lambda: now[0])
    table.ask(Wish(sort=1, reverse=True))
    turns = 0
    while not table.catch_up(seconds=0.1):
        turns += 1
        assert table.pending
        assert len(table) == 0
    assert turns >= 5
    assert (table.lines[0], len(table), table.pending) == (999, 1000, False)


def test_rows_that_come_later_are_arranged_after_a_rest() -> None:
    now = [0.0]
    cities = list(CITIES)
    table = table_of(cities, now)
    arranged(table, Wish(sort=0))
    cities.append(City("Aarau", 21, "ch"))
    table._cost = 1.0  # as if that had taken a second
    assert not table.catch_up(version=1)
    assert table.pending
    now[0] = 10.0
    assert table.catch_up(version=1)
    assert table.row(table.lines[0]).name == "Aarau"  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.text(), st.integers()), max_size=40), st.text(max_size=3), st.booleans())
def test_every_row_that_holds_the_words_is_shown_once(rows: list[tuple[str, int]], text: str, reverse: bool) -> None:
    cities = [City(name, people, name[:1]) for name, people in rows]
    table = table_of(cities)
    wish = Wish(sort=0, reverse=reverse, words=words_of(text), group="country")
    arranged(table, wish)
    shown = sorted(line for line in table.lines if isinstance(line, int))
    folded = [f"{c.name}  {c.people}".casefold() for c in cities]
    assert shown == [n for n, line in enumerate(folded) if all(word in line for word in words_of(text))]
    assert table.wish == replace(wish)
