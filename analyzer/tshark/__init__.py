"""tshark, asked through pyshark, in a process of its own: for what we do not read, and as a second opinion."""

from analyzer.tshark.client import (
    Question,
    TsharkError,
    TsharkField,
    TsharkLayer,
    TsharkNode,
    TsharkPacket,
    ask,
    find_tshark,
)
from analyzer.tshark.workspace import Workspace, workspace

__all__ = [
    "Question",
    "TsharkError",
    "TsharkField",
    "TsharkLayer",
    "TsharkNode",
    "TsharkPacket",
    "Workspace",
    "ask",
    "find_tshark",
    "workspace",
]
