"""The scapy layer that holds what a decoded DHCPv6 option or message holds: for round trips."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import truediv
from typing import Any

from scapy.layers import dhcp6
from scapy.packet import Raw

import dissectors.scapy_layers as build
from dissectors.dhcpv6 import messages as m


def layer_of(value: Any) -> Any:
    """The layer that is built to the bytes which decode to ``value``."""
    return LAYERS[type(value)](value)


def _layers(values: tuple[Any, ...]) -> list[Any]:
    return [layer_of(value) for value in values]


def _stacked(head: Any, options: tuple[Any, ...]) -> Any:
    """scapy has a message's options as payloads of one another."""
    return reduce(truediv, _layers(options), head)


def _message(message: m.Dhcpv6Message) -> Any:
    return _stacked(dhcp6.DHCP6(msgtype=message.type, trid=message.transaction_id), message.options)


def _relay(relay: m.RelayMessage) -> Any:
    head = dhcp6.DHCP6_RelayForward(
        msgtype=relay.type,
        hopcount=relay.hop_count,
        linkaddr=str(relay.link_address),
        peeraddr=str(relay.peer_address),
    )
    return _stacked(head, relay.options)


def _association(ia: m.IaNa | m.IaPd) -> dict[str, int]:
    return {"iaid": ia.iaid, "T1": ia.t1, "T2": ia.t2}


def _address(a: m.IaAddress) -> Any:
    return dhcp6.DHCP6OptIAAddress(
        addr=str(a.address), preflft=a.preferred_lifetime, validlft=a.valid_lifetime, iaaddropts=_layers(a.options)
    )


def _prefix(p: m.IaPrefix) -> Any:
    return dhcp6.DHCP6OptIAPrefix(
        prefix=str(p.prefix),
        plen=p.prefix_length,
        preflft=p.preferred_lifetime,
        validlft=p.valid_lifetime,
        iaprefopts=_layers(p.options),
    )


def _vendor_class(o: m.VendorClass) -> Any:
    data = [dhcp6.VENDOR_CLASS_DATA(data=data) for data in o.data]
    return dhcp6.DHCP6OptVendorClass(enterprisenum=o.enterprise, vcdata=data)


def _vendor_options(o: m.VendorOptions) -> Any:
    options = [dhcp6.VENDOR_SPECIFIC_OPTION(optcode=code, optdata=data) for code, data in o.suboptions]
    return dhcp6.DHCP6OptVendorSpecificInfo(enterprisenum=o.enterprise, vso=options)


CONTAINERS = {
    50: build.Dhcp6VisitedHomeNetwork,
    69: build.Dhcp6IdentifiedHomeNetwork,
    70: build.Dhcp6UnrestrictedHomeNetwork,
}


def _draft(option: m.DraftHomeInformation) -> Any:
    sub_options = [DRAFT_LAYERS[type(sub)](sub) for sub in option.options]
    if option.id_type is None:
        return build.Dhcp6DraftRelay(options=sub_options)
    return build.Dhcp6DraftHomeInformation(idtype=option.id_type, options=sub_options)


DRAFT_LAYERS: dict[type[Any], Callable[[Any], Any]] = {
    m.HomeNetworkIdentifier: lambda o: build.DraftIdentifier(fqdn=o.name),
    m.HomeNetworkPrefix: lambda o: build.DraftPrefix(plen=o.prefix_length, prefix=str(o.prefix)),
    m.HomeAgentAddress: lambda o: build.DraftHomeAgentAddress(address=o.address),
    m.HomeAgentFqdn: lambda o: build.DraftHomeAgentName(fqdn=o.name),
}
LAYERS: dict[type[Any], Callable[[Any], Any]] = {
    m.Dhcpv6Message: _message,
    m.RelayMessage: _relay,
    m.RelayedMessage: lambda o: dhcp6.DHCP6OptRelayMsg(message=layer_of(o.message)),
    m.ClientId: lambda o: dhcp6.DHCP6OptClientId(duid=Raw(o.duid)),
    m.ServerId: lambda o: dhcp6.DHCP6OptServerId(duid=Raw(o.duid)),
    m.IaNa: lambda o: dhcp6.DHCP6OptIA_NA(**_association(o), ianaopts=_layers(o.options)),
    m.IaTa: lambda o: dhcp6.DHCP6OptIA_TA(iaid=o.iaid, iataopts=_layers(o.options)),
    m.IaPd: lambda o: dhcp6.DHCP6OptIA_PD(**_association(o), iapdopt=_layers(o.options)),
    m.IaAddress: _address,
    m.IaPrefix: _prefix,
    m.OptionRequest: lambda o: dhcp6.DHCP6OptOptReq(reqopts=list(o.codes)),
    m.Preference: lambda o: dhcp6.DHCP6OptPref(prefval=o.value),
    m.ElapsedTime: lambda o: dhcp6.DHCP6OptElapsedTime(elapsedtime=o.hundredths),
    m.StatusCode: lambda o: dhcp6.DHCP6OptStatusCode(statuscode=o.code, statusmsg=o.text),
    m.RapidCommit: lambda o: dhcp6.DHCP6OptRapidCommit(),
    m.VendorClass: _vendor_class,
    m.VendorOptions: _vendor_options,
    m.InterfaceId: lambda o: dhcp6.DHCP6OptIfaceId(ifaceid=o.data),
    m.DnsServers: lambda o: dhcp6.DHCP6OptDNSServers(dnsservers=[str(address) for address in o.addresses]),
    m.DomainList: lambda o: dhcp6.DHCP6OptDNSDomains(dnsdomains=list(o.names)),
    m.InformationRefreshTime: lambda o: dhcp6.DHCP6OptInfoRefreshTime(reftime=o.seconds),
    m.HomeNetworkIdentifier: lambda o: build.Dhcp6HomeNetworkIdentifier(fqdn=o.name),
    m.HomeNetworkInformation: lambda o: CONTAINERS[o.code](options=_layers(o.options)),
    m.DraftHomeInformation: _draft,
    m.HomeNetworkPrefix: lambda o: build.Dhcp6HomeNetworkPrefix(plen=o.prefix_length, prefix=str(o.prefix)),
    m.HomeAgentAddress: lambda o: build.Dhcp6HomeAgentAddress(address=o.address),
    m.HomeAgentFqdn: lambda o: build.Dhcp6HomeAgentName(fqdn=o.name),
    m.OpaqueOption: lambda o: build.Dhcp6OtherOption(optcode=o.code, data=o.data),
}
"""How each decoded kind is built."""
