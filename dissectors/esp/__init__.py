"""ESP (RFC 4303): the packet as it stands, opened with keys, guessed without."""

from __future__ import annotations

from dissectors.esp.explain import explain_esp
from dissectors.esp.guess import guess_null
from dissectors.esp.opening import open_esp
from dissectors.esp.packets import EspPacket, OpenedEsp, decode_esp

__all__ = ["EspPacket", "OpenedEsp", "decode_esp", "explain_esp", "guess_null", "open_esp"]
