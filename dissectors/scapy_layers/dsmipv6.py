"""What carries Mobility Headers and user packets, for scapy: RFC 5555 section 4, 5845 section 7, RFC 6275 section 6.

>>> udp_tunnel(IPv6(src=home_address, dst=home_agent) / update, src="192.0.2.77", dst="192.0.2.1", sport=40001)
>>> IPv6(src=care_of, dst=home_agent) / home_address_option(home_address) / update
>>> IPv6(src=home_agent, dst=care_of) / type_2_routing(home_address) / acknowledgement
"""

from __future__ import annotations

import struct
from typing import Any, ClassVar

from scapy.fields import BitField, ByteField, ShortField
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import HAO, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrRouting
from scapy.layers.l2 import GRE
from scapy.packet import Raw, bind_bottom_up, bind_layers

from dissectors.scapy_layers.layer import Layer

DSMIPV6_PORT = 4191


class DsmipTlv(Layer):
    """The TLV header; ``len`` counts what follows it."""

    name = "DSMIPv6 TLV header"
    fields_desc: ClassVar[list[Any]] = [
        BitField("tlvtype", 0, 4),
        BitField("reserved", 0, 4),
        ByteField("nh", 41),
        ShortField("len", None),
    ]

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        """The length, when it is not given."""
        if self.len is None:
            pkt = pkt[:2] + struct.pack(">H", len(pay))
        return pkt + pay


def read_4191(data: bytes, *args: Any, **kwargs: Any) -> Any:
    """The payload of UDP 4191 as layers, told apart by its first four bits."""
    layer = {4: IP, 6: IPv6, 0: DsmipTlv}.get(data[0] >> 4, Raw) if data else Raw
    return layer(data, *args, **kwargs)


bind_layers(DsmipTlv, IP, nh=4)
bind_layers(DsmipTlv, IPv6, nh=41)
bind_layers(DsmipTlv, GRE, nh=47)
bind_bottom_up(UDP, read_4191, {"dport": DSMIPV6_PORT})
bind_bottom_up(UDP, read_4191, {"sport": DSMIPV6_PORT})


def udp_tunnel(
    inner: Any, *, src: str, dst: str, sport: int = DSMIPV6_PORT, dport: int = DSMIPV6_PORT, tlv: bool = False
) -> Any:
    """``inner``, an IPv4 or IPv6 packet, in IPv4 and UDP; vanilla, or with a TLV header before it."""
    return IP(src=str(src), dst=str(dst)) / UDP(sport=sport, dport=dport) / (DsmipTlv() / inner if tlv else inner)


def home_address_option(home_address: object) -> Any:
    """The destination options header of a packet from a care-of address, with the padding that 8n+6 asks for."""
    return IPv6ExtHdrDestOpt(options=[HAO(hoa=str(home_address))])


def type_2_routing(home_address: object) -> Any:
    """The routing header of a packet to a care-of address."""
    return IPv6ExtHdrRouting(type=2, addresses=[str(home_address)], segleft=1)
