"""Hypothesis strategies for what a mobility option, a flow or a message may hold."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dissectors.mobility import flows, further_messages, messages, options, selectors

U8, U16, U32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
IP4, IP6 = st.ip_addresses(v=4), st.ip_addresses(v=6)
DATA = st.binary(max_size=40)


def one(kind: type[Any], *fields: Any, **named: Any) -> st.SearchStrategy[Any]:
    return st.builds(kind, *fields, **named)


def ranges(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Start and end, either of which may be missing: also a planted end without a start."""
    return one(selectors.Range, st.none() | values, st.none() | values)


def selector_fields(address: st.SearchStrategy[Any], **more: Any) -> dict[str, Any]:
    wide = {"source": address, "destination": address, "spi": U32, "source_port": U16, "destination_port": U16}
    return {name: ranges(values) for name, values in {**wide, "ds": U8, "protocol": U8, **more}.items()}


SELECTORS = st.one_of(
    one(selectors.Ipv4Selector, **selector_fields(IP4), reserved=st.integers(0, 2**18 - 1)).map(lambda s: (1, s)),
    one(selectors.Ipv6Selector, **selector_fields(IP6, flow_label=st.integers(0, 2**20 - 1)), reserved=U16).map(
        lambda s: (2, s)
    ),
    one(selectors.UnknownSelector, st.integers(3, 255), DATA).map(lambda s: (s.format, s)),
)
SUB_OPTIONS = [
    one(flows.BindingReference, st.lists(U16, min_size=1, max_size=8).map(tuple)),
    SELECTORS.map(lambda pair: flows.TrafficSelectorOption(*pair)),
    one(flows.FlowBindingAction, U8),
    one(flows.TargetCareOfAddress, IP4 | IP6),
    one(flows.OtherSubOption, type=st.integers(6, 255), data=st.binary(max_size=20)),
]
OTHER_TYPES = sorted({*range(7, 256)} - {8, 19, 20, *range(29, 34), 35, 44, 45})
"""Options that the decoders keep as bytes."""
OPTIONS = [
    one(options.BindingRefreshAdvice, U16),
    one(options.AlternateCareOfAddress, IP6),
    one(options.NonceIndices, U16, U16),
    one(options.BindingAuthorizationData, DATA),
    one(options.MobileNetworkPrefix, U8, IP6),
    one(options.MobileNodeIdentifier, U8, DATA),
    one(options.VendorSpecific, U32, U8, DATA),
    one(options.ServiceSelection, st.binary(min_size=1, max_size=40)),
    one(options.Ipv4HomeAddress, st.integers(0, 63), st.booleans(), IP4),
    one(options.Ipv4AddressAck, U8, st.integers(0, 63), IP4),
    one(options.NatDetection, st.booleans(), U32),
    one(options.Ipv4CareOfAddress, IP4),
    one(options.GreKey, st.none() | U32),
    one(options.BindingIdentifier, U16, U8, st.booleans(), st.integers(0, 127), st.none() | IP4 | IP6),
    one(options.OtherOption, type=st.sampled_from(OTHER_TYPES), data=DATA),
    one(flows.FlowSummary, st.lists(U16, min_size=1, max_size=20).map(tuple)),
    one(flows.FlowIdentification, U16, U16, U8, st.lists(st.one_of(SUB_OPTIONS), max_size=2).map(tuple)),
]
ANY_OPTIONS = st.lists(st.one_of(OPTIONS), max_size=5).map(tuple)
COOKIE = st.binary(min_size=8, max_size=8)
MESSAGES = [
    one(messages.BindingRefreshRequest, ANY_OPTIONS),
    one(messages.HomeTestInit, COOKIE, ANY_OPTIONS),
    one(messages.CareOfTestInit, COOKIE, ANY_OPTIONS),
    one(messages.HomeTest, U16, COOKIE, COOKIE, ANY_OPTIONS),
    one(messages.CareOfTest, U16, COOKIE, COOKIE, ANY_OPTIONS),
    one(messages.BindingUpdate, U16, U16, U16, ANY_OPTIONS),
    one(messages.BindingAck, U8, U8, U16, U16, ANY_OPTIONS),
    one(messages.BindingError, U8, IP6, ANY_OPTIONS),
    one(
        messages.OtherMobility,
        type=st.integers(22, 255),
        data=st.binary(max_size=40).map(lambda data: data + bytes((2 - len(data)) % 8)),
    ),
    one(further_messages.FastBindingUpdate, U16, U16, U16, ANY_OPTIONS),
    one(further_messages.FastBindingAck, U8, U8, U16, U16, ANY_OPTIONS),
    one(further_messages.FastNeighborAdvertisement, ANY_OPTIONS),
    one(further_messages.HomeAgentSwitch, st.lists(IP6, max_size=4).map(tuple), ANY_OPTIONS),
    one(further_messages.Heartbeat, U16, U32, ANY_OPTIONS),
    one(further_messages.HandoverInitiate, U16, U8, U8, ANY_OPTIONS),
    one(further_messages.HandoverAck, U16, U8, U8, ANY_OPTIONS),
    one(further_messages.BindingRevocation, U8, U16, U16, ANY_OPTIONS),
    one(further_messages.BindingRevocationAck, U8, U16, U16, ANY_OPTIONS),
    one(further_messages.LocalizedRoutingInitiation, U16, U16, ANY_OPTIONS),
    one(further_messages.LocalizedRoutingAck, U16, U8, U8, U16, ANY_OPTIONS),
    one(further_messages.FlowBinding, U16, U8, U8, ANY_OPTIONS),
    one(further_messages.FlowBindingAck, U16, U8, ANY_OPTIONS),
]
