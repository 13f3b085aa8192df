"""The decorator of the small values that decoders make by the thousand.

``@record`` is ``@dataclass(frozen=True, slots=True)`` to whoever reads or type-checks the code: nothing may be assigned
after construction, and values compare and hash by what they hold. It is the type checker alone that forbids the
assignment, though. A frozen dataclass of the standard library pays for the same promise with a function call per field
of every value it makes, twice what the rest of decoding a message costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, eq: bool = True, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(
    cls: type[T] | None = None, /, *, eq: bool = True, kw_only: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Makes a class a dataclass with slots, of which no field is assigned after construction."""

    def made(plain: type[T]) -> type[T]:
        return dataclass(slots=True, eq=eq, unsafe_hash=eq, kw_only=kw_only)(plain)

    return made if cls is None else made(cls)
