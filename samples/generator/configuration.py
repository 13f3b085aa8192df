"""What a registered UE asks of its home network by DHCPv6: parameters (RFC 3736), prefixes (RFC 3633, 6276)."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Any

from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_InfoRequest,
    DHCP6_Reply,
    DHCP6_Solicit,
    DHCP6OptClientId,
    DHCP6OptDNSServers,
    DHCP6OptElapsedTime,
    DHCP6OptIA_PD,
    DHCP6OptIAPrefix,
    DHCP6OptOptReq,
    DHCP6OptRapidCommit,
    DHCP6OptServerId,
)

from samples.generator.codes import IPPROTO_UDP
from samples.generator.discovery import ALL_SERVERS, CLIENT, SERVER
from samples.generator.frames import ip, udp

DNS_SERVERS = 23  # option code
UE_DUID, HOME_DUID = DUID_LL(lladdr="02:00:00:00:00:10"), DUID_LL(lladdr="02:00:00:00:00:02")
Exchange = tuple[bytes, bytes]
"""The UE's packet and the home network's, from IP on."""


def ask_parameters(
    client: IPv6Address, server: IPv6Address, transaction: int, to: IPv6Address = ALL_SERVERS
) -> Exchange:
    """Information-Request for DNS servers, and Reply."""
    request = DHCP6_InfoRequest(trid=transaction) / DHCP6OptClientId(duid=UE_DUID) / DHCP6OptElapsedTime()
    answer = DHCP6_Reply(trid=transaction) / DHCP6OptClientId(duid=UE_DUID) / DHCP6OptServerId(duid=HOME_DUID)
    answer /= DHCP6OptDNSServers(dnsservers=["2001:db8:ffff::53"])
    return _packets(client, server, to, request / DHCP6OptOptReq(reqopts=[DNS_SERVERS]), answer)


def ask_prefix(client: IPv6Address, server: IPv6Address, transaction: int, prefix: IPv6Network) -> Exchange:
    """Solicit with rapid commit for a delegated prefix, and Reply."""
    given = DHCP6OptIAPrefix(plen=prefix.prefixlen, prefix=str(prefix.network_address), preflft=3600, validlft=7200)
    request = DHCP6_Solicit(trid=transaction) / DHCP6OptClientId(duid=UE_DUID) / DHCP6OptElapsedTime()
    request /= DHCP6OptRapidCommit() / DHCP6OptIA_PD(iaid=1)
    answer = DHCP6_Reply(trid=transaction) / DHCP6OptClientId(duid=UE_DUID) / DHCP6OptServerId(duid=HOME_DUID)
    answer /= DHCP6OptRapidCommit() / DHCP6OptIA_PD(iaid=1, iapdopt=[given])
    return _packets(client, server, ALL_SERVERS, request, answer)


def _packets(client: IPv6Address, server: IPv6Address, to: IPv6Address, request: Any, answer: Any) -> Exchange:
    here, there = (client, CLIENT), (server, SERVER)
    return (
        ip(client, to, IPPROTO_UDP, udp(here, (to, SERVER), bytes(request))),
        ip(server, client, IPPROTO_UDP, udp(there, here, bytes(answer))),
    )
