"""One row of the packet list: what the screen shows of a frame, in text that cannot act on the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.describe import Line, describe
from analyzer.packets import Packet
from dissectors.inert import inert
from dissectors.link import EtherType, LinkHeader, mac_text
from dissectors.stack import Carried

MOST_INFO = 1000
"""Characters of one row's info; what is longer is read in the field tree."""
TRIES = 3

ETHERTYPES = {
    EtherType.ARP: "ARP",
    EtherType.MPLS: "MPLS",
    EtherType.PPPOE_SESSION: "PPPoE",
    EtherType.EAPOL: "EAPOL",
    EtherType.LLDP: "LLDP",
}


@dataclass(frozen=True, slots=True)
class Row:
    """The columns of one frame."""

    number: int
    at: int
    length: int
    source: str = ""
    destination: str = ""
    source_role: str = ""
    destination_role: str = ""
    protocol: str = ""
    info: str = ""
    session: int = 0  # 0 where it belongs to none
    sealed: bool = False
    malformed: bool = False
    decoded: bool = True  # the run has come by; until then the row may still learn more

    @property
    def text(self) -> str:
        """The row as one line, for copying."""
        source = f"{self.source} ({self.source_role})" if self.source_role else self.source
        destination = f"{self.destination} ({self.destination_role})" if self.destination_role else self.destination
        return f"{self.number}\t{source}\t{destination}\t{self.protocol}\t{self.length}\t{self.info}"


def row_of(packet: Packet, *, decoded: bool) -> Row:
    """The row of a packet."""
    line = _line(packet)
    if packet.stack.carried is Carried.NOT_IP:
        line = _link_line(packet, line)
    message = packet.message
    return Row(
        packet.number,
        packet.at,
        packet.length,
        line.source,
        line.destination,
        line.source_role,
        line.destination_role,
        line.protocol,
        inert(line.info[:MOST_INFO]),
        packet.context.session.number if packet.context else 0,
        packet.sealed is not None,
        packet.stack.malformed is not None or getattr(message, "malformed", None) is not None,
        decoded,
    )


def _line(packet: Packet) -> Line:
    """The columns; the loading thread may add to the session while its addresses are looked through."""
    for _ in range(TRIES):
        try:
            return describe(packet)
        except RuntimeError:  # "changed size during iteration"
            continue
    context, packet.context = packet.context, None
    try:
        return describe(packet)
    finally:
        packet.context = context


def _link_line(packet: Packet, line: Line) -> Line:
    """For what is no IP packet: the addresses of the link, and what its type says."""
    header = next((x.message for x in packet.stack.layers if isinstance(x.message, LinkHeader)), None)
    if header is None:
        return line
    protocol, number = line.protocol, header.protocol
    if number is not None:
        protocol = next((name for kind, name in ETHERTYPES.items() if kind == number), f"0x{number:04x}")
    ends = (mac_text(header.source), mac_text(header.destination))
    return Line(*ends, protocol, line.info or f"{protocol} on link type {packet.link_type}")
