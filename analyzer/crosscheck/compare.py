"""What tshark says of a frame against what was decoded here; where tshark is known to err, the RFC that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.crosscheck.ours import ESP_CLEAR, ESP_INSIDE, IKE_CLEAR, IKE_INSIDE, MOBILITY, OPTION_SIZE, Facts
from analyzer.tshark import TsharkField, TsharkPacket
from dissectors.inert import inert
from dissectors.mobility.registry import OptionType
from dissectors.record import record

IKE_OPENED, ESP_OPENED, MALFORMED = "isakmp.enc.decrypted", "esp.decrypted_data", "_ws.malformed"
FIELDS = (*IKE_CLEAR, *IKE_INSIDE, *ESP_CLEAR, *ESP_INSIDE, *MOBILITY, IKE_OPENED, ESP_OPENED, MALFORMED)
AS_BYTES = ("isakmp.ispi", "isakmp.rspi")
FLOW_OPTIONS = (OptionType.FLOW_SUMMARY, OptionType.FLOW_IDENTIFICATION)
FLOWS = (
    "RFC 6089 sections 4.2 and 4.2.2: tshark 4.0 does not read options 44 and 45, and shows for them the length of "
    "the Mobility Header"
)


@record
class Difference:
    """One field of one frame that is not the same. ``known`` tells why tshark is wrong, where that is known."""

    frame: int
    field: str
    ours: str
    theirs: str
    known: str = ""

    def __str__(self) -> str:
        line = f"frame {self.frame}  {self.field}: here {self.ours}, tshark {self.theirs}"
        return f"{line}  (tshark is wrong: {self.known})" if self.known else line


@dataclass(slots=True)
class Counts:
    """How much was compared."""

    frames: int = 0
    not_opened: int = 0  # opened here, but not by tshark
    left_out: int = 0  # malformed for either, cut by the capture, or of another version of IKE


def compared(facts: Facts, packet: TsharkPacket | None, counts: Counts) -> Iterator[Difference]:
    """The differences in one frame."""
    if packet is None:
        counts.frames += 1
        yield Difference(facts.frame, "protocol", facts.protocol, "something else")
        return
    theirs = _theirs(packet)
    if facts.malformed or theirs.get(MALFORMED):
        counts.left_out += 1
        return
    counts.frames += 1
    yield from _fields(facts, facts.clear, theirs)
    opened = bool(theirs.get(IKE_OPENED) or theirs.get(ESP_OPENED))
    if facts.opened is False and opened:
        yield Difference(facts.frame, "protection", "stays closed", "opened")
    elif facts.opened and not opened:
        counts.not_opened += 1
    elif facts.opened:
        yield from _fields(facts, facts.inside, theirs)


def _fields(facts: Facts, ours: dict[str, list[str]], theirs: dict[str, list[str]]) -> Iterator[Difference]:
    for name, values in ours.items():
        other = theirs.get(name, [])
        if values != other:
            yield Difference(facts.frame, name, _shown(values), _shown(other), _known(name, facts, values, other))


def _theirs(packet: TsharkPacket) -> dict[str, list[str]]:
    """All layers together: which of them a field stands in depends on the way that the packet came."""
    found: dict[str, list[str]] = {}
    for layer in packet.layers:
        if layer.name == MALFORMED:
            found[MALFORMED] = ["1"]
        for one in layer.fields:
            found.setdefault(one.name, []).append(_plain(one))
    return found


def _plain(one: TsharkField) -> str:
    """Numbers in decimal, SPIs of IKE in hex, addresses as they are."""
    if one.name in AS_BYTES:
        return one.value
    try:
        return str(int(one.show, 0))
    except ValueError:
        return one.show


def _shown(values: list[str]) -> str:
    return inert(", ".join(values)) or "nothing"


def _known(name: str, facts: Facts, ours: list[str], theirs: list[str]) -> str:
    if name == OPTION_SIZE and len(ours) == len(theirs) == len(facts.option_types):
        wrong = {kind for kind, a, b in zip(facts.option_types, ours, theirs, strict=True) if a != b}
        return FLOWS if wrong <= set(FLOW_OPTIONS) else ""
    return ""
