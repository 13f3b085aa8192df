"""The project's formats a second time, as scapy layers to build packets with.

Written apart from the dissectors, from the same RFCs: what builds packets is not what reads them. Importing this
package imports scapy, so nothing that starts with the command does.

Padding, lengths and checksums are filled in; ``autopad=0``, or a field that is given, plants a fault.

>>> update = MipBindingUpdate(seq=1, flags="AHKR", lifetime=900, options=[MipBindingIdentifier(bid=1, priority=5)])
>>> IPv6(src=care_of, dst=home_agent) / home_address_option(home_address) / update
>>> with_checksum(update, home_address, home_agent)  # bytes, to go into ESP
"""

from __future__ import annotations

from dissectors.scapy_layers.dsmipv6 import DSMIPV6_PORT, DsmipTlv, home_address_option, type_2_routing, udp_tunnel
from dissectors.scapy_layers.flows import (
    FlowAction,
    FlowBindingReference,
    FlowPad1,
    FlowPadN,
    FlowTarget,
    FlowTrafficSelector,
    FlowUnknown,
    Ipv4Selector,
    Ipv6Selector,
    MipFlowIdentification,
    MipFlowSummary,
    ipv4_selector,
    ipv6_selector,
)
from dissectors.scapy_layers.mobility import (
    MipBindingAck,
    MipBindingError,
    MipBindingUpdate,
    MipCareOfTest,
    MipCareOfTestInit,
    MipFlowBinding,
    MipFlowBindingAck,
    MipHeartbeat,
    MipHomeAgentSwitch,
    MipHomeTest,
    MipHomeTestInit,
    MipRefreshRequest,
    MipRevocation,
    MipRevocationAck,
    MobilityHeader,
    final_addresses,
    with_checksum,
)
from dissectors.scapy_layers.mobility_options import (
    MipAlternateCareOf,
    MipAuthorizationData,
    MipBindingIdentifier,
    MipGreKey,
    MipIpv4AddressAck,
    MipIpv4CareOf,
    MipIpv4HomeAddress,
    MipNatDetection,
    MipNetworkPrefix,
    MipNodeIdentifier,
    MipNonceIndices,
    MipPad1,
    MipPadN,
    MipRefreshAdvice,
    MipServiceSelection,
    MipUnknown,
    MipVendorSpecific,
)

__all__ = [
    "DSMIPV6_PORT",
    "DsmipTlv",
    "FlowAction",
    "FlowBindingReference",
    "FlowPad1",
    "FlowPadN",
    "FlowTarget",
    "FlowTrafficSelector",
    "FlowUnknown",
    "Ipv4Selector",
    "Ipv6Selector",
    "MipAlternateCareOf",
    "MipAuthorizationData",
    "MipBindingAck",
    "MipBindingError",
    "MipBindingIdentifier",
    "MipBindingUpdate",
    "MipCareOfTest",
    "MipCareOfTestInit",
    "MipFlowBinding",
    "MipFlowBindingAck",
    "MipFlowIdentification",
    "MipFlowSummary",
    "MipGreKey",
    "MipHeartbeat",
    "MipHomeAgentSwitch",
    "MipHomeTest",
    "MipHomeTestInit",
    "MipIpv4AddressAck",
    "MipIpv4CareOf",
    "MipIpv4HomeAddress",
    "MipNatDetection",
    "MipNetworkPrefix",
    "MipNodeIdentifier",
    "MipNonceIndices",
    "MipPad1",
    "MipPadN",
    "MipRefreshAdvice",
    "MipRefreshRequest",
    "MipRevocation",
    "MipRevocationAck",
    "MipServiceSelection",
    "MipUnknown",
    "MipVendorSpecific",
    "MobilityHeader",
    "final_addresses",
    "home_address_option",
    "ipv4_selector",
    "ipv6_selector",
    "type_2_routing",
    "udp_tunnel",
    "with_checksum",
]
