"""Frames of DHCPv6, DNS, Router Advertisements and IKE_SA_INIT, built with scapy: what looks for a Home Agent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scapy.contrib.ikev2 import IKEv2, IKEv2_Nonce
from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_InfoRequest,
    DHCP6_RelayForward,
    DHCP6_RelayReply,
    DHCP6_Reply,
    DHCP6OptClientId,
    DHCP6OptOptReq,
    DHCP6OptRelayMsg,
)
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6
from scapy.layers.l2 import Ether

from dissectors.scapy_layers.dhcpv6_home import (
    Dhcp6DraftHomeInformation,
    Dhcp6HomeAgentAddress,
    Dhcp6HomeAgentName,
    Dhcp6HomeNetworkIdentifier,
    Dhcp6IdentifiedHomeNetwork,
    DraftHomeAgentAddress,
    DraftIdentifier,
)

SERVER, RESOLVER, RELAY = "2001:db8:77::1", "2001:db8:77::53", "2001:db8:77::2"
ROUTER_MAC = "02:00:00:00:00:01"
HA = "2001:db8:ffff::1"
HA_APN = "internet.ha-apn.mnc001.mcc001.pub.3gppnetwork.org"
HA_NAME = "ha1.epc.mnc001.mcc001.3gppnetwork.org"


class Host:
    """A UE: its link-layer address, its link-local address, its care-of address."""

    def __init__(self, number: int, *, care_of: str = "") -> None:
        self.mac = f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"
        self.link_local = f"fe80::{number:x}"
        self.care_of = care_of or f"2001:db8:77::9:{number:x}"
        self.duid = DUID_LL(lladdr=self.mac)

    def _up(self, source: str, destination: str) -> Any:
        return Ether(src=self.mac, dst=ROUTER_MAC) / IPv6(src=source, dst=destination)

    def _down(self, source: str, destination: str) -> Any:
        return Ether(src=ROUTER_MAC, dst=self.mac) / IPv6(src=source, dst=destination)

    # DHCPv6

    def request(self, transaction: int = 1, network: str | None = HA_APN, *, draft: int | None = None) -> Any:
        message = DHCP6_InfoRequest(trid=transaction) / DHCP6OptClientId(duid=self.duid)
        if draft is not None:
            asked = DHCP6OptOptReq(reqopts=[49])
            return message / asked / Dhcp6DraftHomeInformation(idtype=draft, options=[DraftIdentifier(fqdn=network)])
        message /= DHCP6OptOptReq(reqopts=[69])
        return message / Dhcp6HomeNetworkIdentifier(fqdn=network) if network else message

    def reply(self, transaction: int = 1, agents: Iterable[str] = (), name: str = "", *, draft: bool = False) -> Any:
        message = DHCP6_Reply(trid=transaction) / DHCP6OptClientId(duid=self.duid)
        if draft:
            inside = [DraftIdentifier(fqdn=HA_APN), *(DraftHomeAgentAddress(address=a) for a in agents)]
            return message / Dhcp6DraftHomeInformation(idtype=1, options=inside)
        options: list[Any] = [Dhcp6HomeNetworkIdentifier(fqdn=HA_APN)]
        options += [Dhcp6HomeAgentAddress(address=agent) for agent in agents]
        options += [Dhcp6HomeAgentName(fqdn=name)] if name else []
        return message / Dhcp6IdentifiedHomeNetwork(options=options)

    def asks(self, message: Any) -> Any:
        return self._up(self.link_local, "ff02::1:2") / UDP(sport=546, dport=547) / message

    def is_told(self, message: Any) -> Any:
        return self._down("fe80::1", self.link_local) / UDP(sport=547, dport=546) / message

    def asks_through_relay(self, message: Any) -> Any:
        relayed = DHCP6_RelayForward(linkaddr="::", peeraddr=self.link_local) / DHCP6OptRelayMsg(message=message)
        return Ether(src=ROUTER_MAC) / IPv6(src=RELAY, dst=SERVER) / UDP(sport=547, dport=547) / relayed

    def is_told_through_relay(self, message: Any) -> Any:
        relayed = DHCP6_RelayReply(linkaddr="::", peeraddr=self.link_local) / DHCP6OptRelayMsg(message=message)
        return Ether(dst=ROUTER_MAC) / IPv6(src=SERVER, dst=RELAY) / UDP(sport=547, dport=547) / relayed

    # DNS

    def looks_up(self, name: str = HA_NAME, kind: str = "AAAA", *, number: int = 1, via: str = "") -> Any:
        question = DNS(id=number, rd=1, qd=DNSQR(qname=name, qtype=kind))
        packet = self._up(self.care_of, RESOLVER)
        if via:
            packet[Ether].src = via
        return packet / UDP(sport=50000, dport=53) / question

    def finds(self, *addresses: str, name: str = HA_NAME, kind: str = "AAAA", number: int = 1) -> Any:
        records = [DNSRR(rrname=name, type=kind, rdata=address, ttl=300) for address in addresses]
        answer = DNS(id=number, qr=1, qd=DNSQR(qname=name, qtype=kind), an=records)
        return self._down(RESOLVER, self.care_of) / UDP(sport=53, dport=50000) / answer

    # IKE

    def starts(self, agent: str = HA, *, spi: int = 0, via: str = "") -> Any:
        packet = self._up(self.care_of, agent) / UDP(sport=500, dport=500)
        if via:
            packet[Ether].src = via
        init_spi = (spi or int(self.mac.replace(":", ""), 16)).to_bytes(8)
        return packet / IKEv2(init_SPI=init_spi, exch_type=34, flags="Initiator") / IKEv2_Nonce(nonce=bytes(range(16)))


def advertises(*prefixes: str, lifetime: int = 1800) -> Any:
    """A Router Advertisement with some /64 prefixes."""
    message = ICMPv6ND_RA(routerlifetime=1800)
    for prefix in prefixes:
        message /= ICMPv6NDOptPrefixInfo(prefix=prefix, prefixlen=64, validlifetime=lifetime)
    return Ether(src=ROUTER_MAC, dst="33:33:00:00:00:01") / IPv6(src="fe80::1", dst="ff02::1", hlim=255) / message
