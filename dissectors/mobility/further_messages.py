"""Messages of the extensions of Mobile IPv6: fast handovers, revocation, flow binding, and what PMIPv6 adds."""

from __future__ import annotations

from dataclasses import field
from ipaddress import IPv6Address

from dissectors.mobility.messages import MobilityMessage, Options
from dissectors.mobility.options import REFUSED
from dissectors.mobility.registry import HeartbeatFlag, MhType
from dissectors.record import record


@record
class FastBindingUpdate(MobilityMessage):
    """RFC 5568 section 6.2.2."""

    sequence: int
    flags: int
    lifetime: int
    options: Options = ()
    type: int = field(default=MhType.FAST_BINDING_UPDATE.value, kw_only=True)


@record
class FastBindingAck(MobilityMessage):
    """RFC 5568 section 6.2.3."""

    status: int
    flags: int
    sequence: int
    lifetime: int
    options: Options = ()
    type: int = field(default=MhType.FAST_BINDING_ACKNOWLEDGEMENT.value, kw_only=True)


@record
class FastNeighborAdvertisement(MobilityMessage):
    """RFC 4068 section 6.3.3, withdrawn since."""

    options: Options = ()
    type: int = field(default=MhType.FAST_NEIGHBOR_ADVERTISEMENT.value, kw_only=True)


@record
class HomeAgentSwitch(MobilityMessage):
    """RFC 5142 section 3: the Home Agents to go to, perhaps none."""

    addresses: tuple[IPv6Address, ...] = ()
    options: Options = ()
    type: int = field(default=MhType.HOME_AGENT_SWITCH.value, kw_only=True)


@record
class Heartbeat(MobilityMessage):
    """RFC 5847 section 3.3."""

    flags: int
    sequence: int
    options: Options = ()
    type: int = field(default=MhType.HEARTBEAT.value, kw_only=True)

    @property
    def is_response(self) -> bool:
        """The R flag."""
        return bool(self.flags & HeartbeatFlag.RESPONSE)


@record
class HandoverInitiate(MobilityMessage):
    """RFC 5568 section 6.2.1.1."""

    sequence: int
    flags: int
    code: int
    options: Options = ()
    type: int = field(default=MhType.HANDOVER_INITIATE.value, kw_only=True)


@record
class HandoverAck(MobilityMessage):
    """RFC 5568 section 6.2.1.2."""

    sequence: int
    flags: int
    code: int
    options: Options = ()
    type: int = field(default=MhType.HANDOVER_ACKNOWLEDGE.value, kw_only=True)


@record
class BindingRevocation(MobilityMessage):
    """RFC 5846 section 5.1: a Binding Revocation Indication, BRI."""

    trigger: int
    sequence: int
    flags: int
    options: Options = ()
    type: int = field(default=MhType.BINDING_REVOCATION.value, kw_only=True)


@record
class BindingRevocationAck(MobilityMessage):
    """RFC 5846 section 5.2, BRA."""

    status: int
    sequence: int
    flags: int
    options: Options = ()
    type: int = field(default=MhType.BINDING_REVOCATION.value, kw_only=True)

    @property
    def is_refusal(self) -> bool:
        """128 and up."""
        return self.status >= REFUSED


@record
class LocalizedRoutingInitiation(MobilityMessage):
    """RFC 6705 section 10.1."""

    sequence: int
    lifetime: int
    options: Options = ()
    type: int = field(default=MhType.LOCALIZED_ROUTING_INITIATION.value, kw_only=True)


@record
class LocalizedRoutingAck(MobilityMessage):
    """RFC 6705 section 10.2; the top bit of ``flags`` is U, unsolicited."""

    sequence: int
    flags: int
    status: int
    lifetime: int
    options: Options = ()
    type: int = field(default=MhType.LOCALIZED_ROUTING_ACKNOWLEDGEMENT.value, kw_only=True)


@record
class FlowBinding(MobilityMessage):
    """RFC 7109 section 6.1.1: a Flow Binding Indication, FBI."""

    sequence: int
    trigger: int
    flags: int
    options: Options = ()
    type: int = field(default=MhType.FLOW_BINDING.value, kw_only=True)


@record
class FlowBindingAck(MobilityMessage):
    """RFC 7109 section 6.1.2, FBA."""

    sequence: int
    status: int
    options: Options = ()
    type: int = field(default=MhType.FLOW_BINDING.value, kw_only=True)

    @property
    def is_refusal(self) -> bool:
        """128 and up."""
        return self.status >= REFUSED
