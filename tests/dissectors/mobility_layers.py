"""The scapy layer that holds what a decoded mobility option, flow or message holds: for round trips."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dissectors.scapy_layers as build
from dissectors.mobility import flows, further_messages, messages, options, selectors

Layers = dict[type[Any], Callable[[Any], Any]]

IPV4_NAMES = {
    "source": "src", "destination": "dst", "spi": "spi", "source_port": "sport", "destination_port": "dport",
    "ds": "ds", "protocol": "proto",
}  # fmt: skip
IPV6_NAMES = {**IPV4_NAMES, "flow_label": "label", "ds": "tclass", "protocol": "nh"}


def layer_of(value: Any) -> Any:
    """The layer that is built to the bytes which decode to ``value``."""
    return LAYERS[type(value)](value)


def _layers(values: tuple[Any, ...]) -> list[Any]:
    return [layer_of(value) for value in values]


def _bounds(selector: selectors.BinarySelector, names: dict[str, str]) -> dict[str, Any]:
    ranges = ((name, getattr(selector, field)) for field, name in names.items())
    return {name: tuple(_plain(end) for end in (range_.start, range_.end)) for name, range_ in ranges}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def _selector(sub: flows.TrafficSelectorOption) -> Any:
    selector = sub.selector
    if isinstance(selector, selectors.UnknownSelector):
        return build.FlowTrafficSelector(ts_format=sub.format, selector=selector.data)
    if isinstance(selector, selectors.Ipv4Selector):
        layer = build.ipv4_selector(**_bounds(selector, IPV4_NAMES))
        layer.selector.flags |= selector.reserved
    else:
        layer = build.ipv6_selector(**_bounds(selector, IPV6_NAMES))
        layer.selector.reserved = selector.reserved
    return layer


def _flow(flow: flows.FlowIdentification) -> Any:
    return build.MipFlowIdentification(
        fid=flow.flow_id, priority=flow.priority, status=flow.status, suboptions=_layers(flow.sub_options)
    )


def _binding_identifier(bid: options.BindingIdentifier) -> Any:
    return build.MipBindingIdentifier(
        bid=bid.binding_id,
        status=bid.status,
        h=int(bid.simultaneous),
        priority=bid.priority,
        coa=bid.care_of_address or "",
    )


def _gre_key(option: options.GreKey) -> Any:
    return build.MipGreKey(olen=2) if option.key is None else build.MipGreKey(key=option.key)


def _ipv4_home(o: options.Ipv4HomeAddress) -> Any:
    return build.MipIpv4HomeAddress(plen=o.prefix_length, p=int(o.prefix_requested), hoa=str(o.address))


def _ipv4_ack(o: options.Ipv4AddressAck) -> Any:
    return build.MipIpv4AddressAck(status=o.status, plen=o.prefix_length, hoa=str(o.address))


def _vendor(o: options.VendorSpecific) -> Any:
    return build.MipVendorSpecific(vendor=o.vendor, subtype=o.subtype, data=o.data)


def _update(m: Any) -> dict[str, Any]:
    return {"seq": m.sequence, "flags": m.flags, "lifetime": m.lifetime}


def _ack(m: Any) -> dict[str, Any]:
    return {"status": m.status, **_update(m)}


def _test(m: Any) -> dict[str, Any]:
    return {"index": m.nonce_index, "cookie": m.cookie, "token": m.token}


def _handover(m: Any) -> dict[str, Any]:
    return {"seq": m.sequence, "flags": m.flags, "code": m.code}


def _revocation(m: Any) -> dict[str, Any]:
    return {"seq": m.sequence, "flags": m.flags}


def _heartbeat(m: Any) -> dict[str, Any]:
    return {"reserved": m.flags >> 2, "u": m.flags >> 1 & 1, "r": m.flags & 1, "seq": m.sequence}


def _top_bit(name: str, m: Any) -> dict[str, Any]:
    return {name: m.flags >> 7, "reserved": m.flags & 0x7F}


def _with_options(layer: type[Any], fields: Callable[[Any], dict[str, Any]] = lambda _: {}) -> Callable[[Any], Any]:
    return lambda message: layer(options=_layers(message.options), **fields(message))


LAYERS: Layers = {
    flows.BindingReference: lambda sub: build.FlowBindingReference(bids=list(sub.binding_ids)),
    flows.TrafficSelectorOption: _selector,
    flows.FlowBindingAction: lambda sub: build.FlowAction(action=sub.action),
    flows.TargetCareOfAddress: lambda sub: build.FlowTarget(coa=sub.address),
    flows.OtherSubOption: lambda sub: build.FlowUnknown(otype=sub.type, data=sub.data),
    flows.FlowSummary: lambda o: build.MipFlowSummary(fids=list(o.flow_ids)),
    flows.FlowIdentification: _flow,
    options.BindingRefreshAdvice: lambda o: build.MipRefreshAdvice(interval=o.interval),
    options.AlternateCareOfAddress: lambda o: build.MipAlternateCareOf(coa=str(o.address)),
    options.NonceIndices: lambda o: build.MipNonceIndices(home=o.home, careof=o.care_of),
    options.BindingAuthorizationData: lambda o: build.MipAuthorizationData(data=o.authenticator),
    options.MobileNetworkPrefix: lambda o: build.MipNetworkPrefix(plen=o.prefix_length, prefix=str(o.prefix)),
    options.MobileNodeIdentifier: lambda o: build.MipNodeIdentifier(subtype=o.subtype, identifier=o.identifier),
    options.VendorSpecific: _vendor,
    options.ServiceSelection: lambda o: build.MipServiceSelection(identifier=o.identifier),
    options.Ipv4HomeAddress: _ipv4_home,
    options.Ipv4AddressAck: _ipv4_ack,
    options.NatDetection: lambda o: build.MipNatDetection(f=int(o.force_udp), refresh=o.refresh_seconds),
    options.Ipv4CareOfAddress: lambda o: build.MipIpv4CareOf(coa=str(o.address)),
    options.GreKey: _gre_key,
    options.BindingIdentifier: _binding_identifier,
    options.OtherOption: lambda o: build.MipUnknown(otype=o.type, data=o.data),
    messages.BindingRefreshRequest: _with_options(build.MipRefreshRequest),
    messages.HomeTestInit: _with_options(build.MipHomeTestInit, lambda m: {"cookie": m.cookie}),
    messages.CareOfTestInit: _with_options(build.MipCareOfTestInit, lambda m: {"cookie": m.cookie}),
    messages.HomeTest: _with_options(build.MipHomeTest, _test),
    messages.CareOfTest: _with_options(build.MipCareOfTest, _test),
    messages.BindingUpdate: _with_options(build.MipBindingUpdate, _update),
    messages.BindingAck: _with_options(build.MipBindingAck, _ack),
    messages.BindingError: _with_options(
        build.MipBindingError, lambda m: {"status": m.status, "hoa": str(m.home_address)}
    ),
    messages.OtherMobility: lambda m: build.MobilityHeader(mhtype=m.type, data=m.data),
    further_messages.FastBindingUpdate: _with_options(build.MipFastBindingUpdate, _update),
    further_messages.FastBindingAck: _with_options(build.MipFastBindingAck, _ack),
    further_messages.FastNeighborAdvertisement: _with_options(build.MipFastNeighborAdvertisement),
    further_messages.HomeAgentSwitch: _with_options(
        build.MipHomeAgentSwitch, lambda m: {"addresses": [str(address) for address in m.addresses]}
    ),
    further_messages.Heartbeat: _with_options(
        build.MipHeartbeat, _heartbeat
    ),
    further_messages.HandoverInitiate: _with_options(build.MipHandoverInitiate, _handover),
    further_messages.HandoverAck: _with_options(build.MipHandoverAck, _handover),
    further_messages.BindingRevocation: _with_options(
        build.MipRevocation, lambda m: {"trigger": m.trigger, **_revocation(m)}
    ),
    further_messages.BindingRevocationAck: _with_options(
        build.MipRevocationAck, lambda m: {"status": m.status, **_revocation(m)}
    ),
    further_messages.LocalizedRoutingInitiation: _with_options(
        build.MipLocalizedRouting, lambda m: {"seq": m.sequence, "lifetime": m.lifetime}
    ),
    further_messages.LocalizedRoutingAck: _with_options(
        build.MipLocalizedRoutingAck,
        lambda m: {"seq": m.sequence, **_top_bit("u", m), "status": m.status, "lifetime": m.lifetime},
    ),
    further_messages.FlowBinding: _with_options(
        build.MipFlowBinding,
        lambda m: {"seq": m.sequence, "trigger": m.trigger, **_top_bit("a", m)},
    ),
    further_messages.FlowBindingAck: _with_options(
        build.MipFlowBindingAck, lambda m: {"seq": m.sequence, "status": m.status}
    ),
}  # fmt: skip
"""How each decoded kind is built."""
