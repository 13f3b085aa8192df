"""How wide the columns of the packet list are, and text that is made to fit them."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

MARK = 3
LENGTH = 5
PROTOCOL = 8
SMALLEST_END = 13
"""Characters of an address column at the least; below that it is left out."""


@dataclass(frozen=True, slots=True)
class Widths:
    """Characters for each column, 0 for one that is left out; ``info`` gets the rest."""

    number: int
    time: int
    source: int
    destination: int
    protocol: int
    length: int
    info: int


def widths(total: int, *, digits: int, time: int, source: int, destination: int) -> Widths:
    """Shares ``total`` characters; ``source`` and ``destination`` are the longest texts seen so far.

    A narrow terminal loses the length first, then the addresses, then the time.
    """
    number = max(3, digits)
    fixed = MARK + number + 1 + PROTOCOL + 1
    length = LENGTH + 1 if total >= 100 else 0
    time = time + 1 if total >= 58 else 0
    left = total - fixed - length - time
    share = max(SMALLEST_END, int(left * 0.29))
    ends = [0, 0] if total < 70 else [min(max(SMALLEST_END, wanted) + 1, share) for wanted in (source, destination)]
    info = max(0, left - sum(ends))
    return Widths(number, time, ends[0], ends[1], PROTOCOL, length, info)


def fitted(text: str, width: int) -> str:
    """``text`` in exactly ``width`` characters; what is cut shows as "…"."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def end_text(address: str, role: str, width: int) -> str:
    """An address with its role behind it in ``width`` characters; the address loses its middle, never the role."""
    if len(role) * 2 > width:
        role = role.removeprefix("IPv4 ")  # what is left of the address tells as much
    room = width - (len(role) + 1 if role else 0)
    if len(address) > room > 3:
        tail = (room - 1) // 2
        address = address[: room - 1 - tail] + "…" + address[len(address) - tail :]
    return fitted(f"{address} {role}" if role else address, width)
