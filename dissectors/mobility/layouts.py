"""The fixed parts of the messages, from the byte behind the checksum on."""

from __future__ import annotations

from dissectors.buffer import Record
from dissectors.detail import ipv6_text, seconds
from dissectors.mobility.options import LIFETIME_UNIT
from dissectors.mobility.registry import (
    AckFlag,
    BindingErrorStatus,
    BindingStatus,
    FlowBindingFlag,
    FlowBindingTrigger,
    FlowBindingType,
    FlowStatus,
    HeartbeatFlag,
    RevocationFlag,
    RevocationStatus,
    RevocationTrigger,
    RevocationType,
    UpdateFlag,
)


def _lifetime_text(units: int) -> str:
    return f"{units} ({seconds(LIFETIME_UNIT * units)})"


RESERVED_ONLY = Record(reserved="H")
TEST_INIT = Record(reserved="H", cookie="8s")
TEST = Record(nonce_index="H", cookie="8s", keygen_token="8s")  # noqa: S106 - a field's layout
BINDING_UPDATE = Record(sequence="H", flags=("H", UpdateFlag), lifetime=("H", _lifetime_text))
BINDING_ACK = Record(
    status=("B", BindingStatus), flags=("B", AckFlag), sequence="H", lifetime=("H", _lifetime_text)
)  # fmt: skip
BINDING_ERROR = Record(status=("B", BindingErrorStatus), reserved="B", home_address=("16s", ipv6_text))
HOME_AGENT_SWITCH = Record(address_count="B", reserved="B")
HEARTBEAT = Record(flags=("H", HeartbeatFlag), sequence="I")
HANDOVER = Record(sequence="H", flags="B", code="B")
REVOCATION = Record(
    revocation_type=("B", RevocationType),
    trigger=("B", RevocationTrigger),
    sequence="H",
    flags=("H", RevocationFlag),
)
REVOCATION_ACK = Record(
    revocation_type=("B", RevocationType),
    status=("B", RevocationStatus),
    sequence="H",
    flags=("H", RevocationFlag),
)
LOCALIZED_ROUTING = Record(sequence="H", reserved="H", lifetime="H")
LOCALIZED_ROUTING_ACK = Record(sequence="H", flags="B", status="B", lifetime="H")
FLOW_BINDING = Record(
    flow_binding_type=("H", FlowBindingType),
    sequence="H",
    trigger=("B", FlowBindingTrigger),
    flags=("B", FlowBindingFlag),
)
FLOW_BINDING_ACK = Record(
    flow_binding_type=("H", FlowBindingType), sequence="H", status=("B", FlowStatus), reserved="B"
)  # fmt: skip
