"""Requirements of the ledger that no packet can show: why, and which fact of the profile decides them.

A row of the ledger has a rule, or an entry here, or is still open; ``tests/shape/test_ledger.py`` holds them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dissectors.record import record


@record
class Unobservable:
    """Why an onlooker cannot judge a requirement, and the entry of the profile that tells instead, if one does."""

    why: str
    decided_by: str = ""


UNOBSERVABLE: Mapping[str, Unobservable] = MappingProxyType({})
"""By ledger ID."""
