"""The display filter language: Wireshark's field names and syntax for what is decoded here, and fields of our own.

``compile_filter(text).matches(packet, facts)`` tells whether a packet is let through.
"""

from analyzer.filters.compiling import Filter, compile_filter
from analyzer.filters.completing import Suggestion, complete
from analyzer.filters.errors import FilterError
from analyzer.filters.facts import FrameFacts
from analyzer.filters.from_tree import filter_on
from analyzer.filters.view import NO_FACTS, Facts

__all__ = [
    "NO_FACTS",
    "Facts",
    "Filter",
    "FilterError",
    "FrameFacts",
    "Suggestion",
    "compile_filter",
    "complete",
    "filter_on",
]
