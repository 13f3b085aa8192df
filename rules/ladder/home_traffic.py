"""Single packets inside the tunnel in a ladder: DHCP with the home network, and data that a registered flow may route.

``UE -> HA  DHCP6 msg=INFORMATION_REQUEST`` (or ``SOLICIT pd=::/56``) and ``UE -> HA  DHCP4 msg=INFORM`` go through the
tunnel that the UE's attachment asks for; ``outside`` takes them out of it, ``malformed`` spoils one without prefix.
``UE -> HA  PACKET proto=6 sport=5000 dport=443`` is one packet of data; ``inner=ipv4``, ``src``, ``dst``, ``coa`` and
``encap`` are as of a DATA line.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Network

from dissectors.addressing import Addressing
from dissectors.dhcpv4 import Dhcpv4Message
from dissectors.dhcpv4.messages import Dhcpv4Option, OptionCode
from dissectors.dhcpv4.messages import MessageType as Dhcpv4Type
from dissectors.dhcpv6 import Dhcpv6Message, MessageType
from dissectors.dhcpv6.messages import IaPd, IaPrefix
from dissectors.events import Endpoint
from dissectors.home_traffic import Dhcp, HomeConfiguration, TunnelledPacket
from dissectors.mobility.selectors import PacketFacts
from dissectors.tunnels import Encapsulation
from rules.ladder.discovery import FAULT
from rules.ladder.mobility import Attachments
from rules.ladder.scene import Node
from rules.ladder.script import Line
from rules.ladder.tunnel import tunnel_segment

WORDS = ("DHCP6", "DHCP4", "PACKET")
TCP = 6


def home_traffic(
    line: Line, sender: Node, receiver: Node, attachments: Attachments
) -> HomeConfiguration | TunnelledPacket:
    """The message of a DHCP6, DHCP4 or PACKET line."""
    if line.what == "DHCP4":
        line = replace(line, options={"inner": "ipv4", **line.options})
    ends = _ends(line, sender, receiver, attachments)
    if line.what != "PACKET":
        return HomeConfiguration(_dhcp(line), ends)
    options = line.options
    ports = (options.get("sport"), options.get("dport"))
    source_port, destination_port = (int(port) if port else None for port in ports)
    facts = PacketFacts(
        ends.source,
        ends.destination,
        int(options.get("proto", TCP)),
        source_port,
        destination_port,
        ds=int(options.get("ds", 0)),
    )
    return TunnelledPacket(facts, ends)


def _ends(line: Line, sender: Node, receiver: Node, attachments: Attachments) -> Addressing:
    """The addresses of a packet in the tunnel, as a DATA line has them."""
    segment = tunnel_segment(line, sender, receiver, attachments, 1)
    source, destination = segment.inner_source, segment.inner_destination
    assert source is not None
    assert destination is not None
    if "outside" in line.options:
        return Addressing(source, destination, Endpoint(source), Endpoint(destination))
    outside = (
        Endpoint(segment.outer_source, segment.outer_source_port),
        Endpoint(segment.outer_destination, segment.outer_destination_port),
    )
    return Addressing(source, destination, *outside, encapsulation=Encapsulation(segment.encapsulation))


def _dhcp(line: Line) -> Dhcp:
    kind = line.options["msg"]
    if line.what == "DHCP4":
        code = Dhcpv4Option(OptionCode.MESSAGE_TYPE, bytes([Dhcpv4Type[kind]]))
        return Dhcpv4Message(1, 7, options=(code,))
    asked = line.options.get("pd")
    if asked is None:
        return Dhcpv6Message(MessageType[kind], 7, malformed=FAULT if "malformed" in line.options else None)
    network = IPv6Network(asked)
    prefix = IaPrefix(network.network_address, network.prefixlen, 0, 0)
    return Dhcpv6Message(MessageType[kind], 7, (IaPd(1, 0, 0, (prefix,)),))
