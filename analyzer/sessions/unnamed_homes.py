"""A Mobility Header whose Home Address nothing names: the option or the routing header is missing, or a tunnel."""

from __future__ import annotations

from ipaddress import IPv6Address

from dissectors.buffer import Reader
from dissectors.mobility import checksum_ok
from dissectors.mobility_packet import MobilityPacket
from dissectors.tunnels import Encapsulation
from rules.registrations import negotiated_home_addresses
from rules.session import Session


def sums_up_for_home(packet: MobilityPacket, body: Reader, session: Session) -> bool:
    """Whether the checksum is right for a Home Address of the session: then it is the missing name that is wrong."""
    ends = packet.addressing
    if ends.home_address or ends.routing_home_address or ends.encapsulation is not Encapsulation.NONE:
        return False
    data = body.data[body.pos : body.end]
    for home in {*session.homes, *negotiated_home_addresses(session)}:
        source, destination = (ends.source, home) if packet.from_home_agent else (home, ends.destination)
        if not isinstance(source, IPv6Address) or not isinstance(destination, IPv6Address):
            continue
        if checksum_ok(bytes(data), source, destination):
            return True
    return False
