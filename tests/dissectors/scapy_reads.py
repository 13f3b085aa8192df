"""What scapy finds in the bytes of a layer, beside what the layer was built with; and values from a strategy."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scapy.packet import NoPayload, Packet

OFTEN = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EACH = settings(OFTEN, max_examples=5)
"""For a test that is run for every kind of option or record."""


def assert_scapy_reads_back(built: Any, data: bytes | None = None) -> None:
    """Every field that was given has its value again, in every layer down to the last, and builds the same bytes.

    ``data`` are the same values in other bytes, as with names that are compressed.
    """
    read = type(built)(bytes(built) if data is None else data)
    assert_same(built, read)
    if data is None:
        read.clear_cache()
        assert bytes(read) == bytes(built)


def assert_same(built: Any, read: Any) -> None:
    """What was given to ``built`` stands in ``read``, layer by layer."""
    while not isinstance(built, NoPayload):
        assert type(read) is type(built)
        for name, value in built.fields.items():
            _same_value(value, read.getfieldval(name))
        built, read = built.payload, read.payload


def _same_value(built: Any, read: Any) -> None:
    if isinstance(built, (list, tuple)):
        assert len(read) == len(built)
        for one, other in zip(built, read, strict=True):
            _same_value(one, other)
    elif isinstance(built, Packet):
        assert_same(built, read)
    else:
        assert read == built or _address(read) == _address(built) is not None


def _address(value: Any) -> Any:
    """Python and the C library write some IPv6 addresses differently."""
    try:
        return ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """So many values of a strategy, the same each time: for one run of tshark over all of them."""
    found: list[Any] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found
