"""How a UE finds its HA: DHCPv6 with home network information (RFC 6610), DNS (RFC 5026 section 5.1.1)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import IPv6Address
from typing import Any

from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_InfoRequest,
    DHCP6_Reply,
    DHCP6OptClientId,
    DHCP6OptElapsedTime,
    DHCP6OptOptReq,
    DHCP6OptServerId,
)

from dissectors.scapy_layers.dhcpv6_home import (
    Dhcp6HomeAgentAddress,
    Dhcp6HomeAgentName,
    Dhcp6HomeNetworkIdentifier,
    Dhcp6IdentifiedHomeNetwork,
)
from samples.generator.codes import IPPROTO_UDP
from samples.generator.frames import ip, udp
from samples.generator.network import Wire
from samples.generator.payloads import Address

IDENTIFIED_HOME_NETWORK = 69  # option code MIP6_IDINF
CLIENT, SERVER = 546, 547
ALL_SERVERS = IPv6Address("ff02::1:2")
UE_LINK_LOCAL, RELAY = IPv6Address("fe80::10"), IPv6Address("fe80::1")
A, AAAA = 1, 28
"""DNS record types."""


def ha_apn(apn: str) -> str:
    """The Home Agent's APN of a PDN (TS 23.003 clause 21.2.1)."""
    return f"{apn}.ha-apn.mnc001.mcc001.pub.3gppnetwork.org"


def information_request(transaction: int, mac: str, network: str | None) -> bytes:
    """Information-Request that names the home network (or does not) and asks what is known of it."""
    message = DHCP6_InfoRequest(trid=transaction) / DHCP6OptClientId(duid=DUID_LL(lladdr=mac))
    message /= DHCP6OptElapsedTime() / DHCP6OptOptReq(reqopts=[IDENTIFIED_HOME_NETWORK])
    return bytes(message / Dhcp6HomeNetworkIdentifier(fqdn=network) if network else message)


def reply(transaction: int, mac: str, network: str | None, agents: Sequence[Address | str]) -> bytes:
    """Reply with the addresses or the names of the network's Home Agents."""
    options: list[Any] = [Dhcp6HomeNetworkIdentifier(fqdn=network)] if network else []
    for agent in agents:
        name = isinstance(agent, str)
        options.append(Dhcp6HomeAgentName(fqdn=agent) if name else Dhcp6HomeAgentAddress(address=agent))
    message = DHCP6_Reply(trid=transaction) / DHCP6OptClientId(duid=DUID_LL(lladdr=mac))
    message /= DHCP6OptServerId(duid=DUID_LL(lladdr="02:00:00:00:00:01"))
    return bytes(message / Dhcp6IdentifiedHomeNetwork(options=options))


def ask_dhcpv6(wire: Wire, network: str | None, agents: Sequence[Address | str]) -> None:
    """Request and reply on the access link."""
    transaction, mac = wire.rng.randrange(1 << 24), wire.network.ue_mac.hex(":")
    request = information_request(transaction, mac, network)
    answer = reply(transaction, mac, network, agents)
    client, server = (UE_LINK_LOCAL, CLIENT), (RELAY, SERVER)
    wire.mark("DHCPv6 request")
    wire.put(_datagram(client, (ALL_SERVERS, SERVER), request), to_ue=False)
    wire.answer_time(to_ue=True)
    wire.mark("DHCPv6 reply")
    wire.put(_datagram(server, client, answer), to_ue=True)
    wire.answer_time(to_ue=False)


def look_up(wire: Wire, name: str, address: Address, count: int = 1) -> None:
    """A DNS query for one address family of a name, and its answer with the address and those after it."""
    kind = AAAA if address.version == 6 else A
    ident, port = wire.rng.randrange(0x10000), wire.rng.randrange(49152, 65536)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    question = labels + struct.pack("!HH", kind, 1)
    # The answer's name points at the question's (RFC 1035 section 4.1.4).
    header = struct.pack("!HHHIH", 0xC00C, kind, 1, 300, len(address.packed))
    records = b"".join(header + (address + n).packed for n in range(count))
    query = struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 0) + question
    answer = struct.pack("!HHHHHH", ident, 0x8180, 1, count, 0, 0) + question + records
    client, server = (wire.network.ue, port), (wire.network.resolver, 53)
    wire.mark(f"{kind} query")
    wire.put(_datagram(client, server, query), to_ue=False)
    wire.answer_time(to_ue=True)
    wire.mark(f"{kind} answer")
    wire.put(_datagram(server, client, answer), to_ue=True)


def _datagram(source: tuple[Address, int], destination: tuple[Address, int], data: bytes) -> bytes:
    return ip(source[0], destination[0], IPPROTO_UDP, udp(source, destination, data))
