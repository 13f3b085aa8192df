"""What readers and writers of the violations CSV agree on, apart from pandas and from results."""

from __future__ import annotations

SCHEMA = 1
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell; such a cell gets an apostrophe in front."""
