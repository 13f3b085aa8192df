"""One line per message, as in tshark's info column: ``Binding Update seq 258 A H K lifetime 3600 s, BID 1 pri 5``."""

from __future__ import annotations

from dissectors.mobility.further_messages import (
    BindingRevocation,
    BindingRevocationAck,
    FastBindingAck,
    FastBindingUpdate,
    FlowBinding,
    FlowBindingAck,
    HandoverAck,
    HandoverInitiate,
    Heartbeat,
    HomeAgentSwitch,
    LocalizedRoutingAck,
    LocalizedRoutingInitiation,
)
from dissectors.mobility.messages import BindingAck, BindingError, BindingUpdate, MobilityMessage
from dissectors.mobility.option_text import describe_option
from dissectors.mobility.options import LIFETIME_UNIT
from dissectors.mobility.registry import (
    ACK_LETTERS,
    FLOW_BINDING_LETTERS,
    REVOCATION_LETTERS,
    UPDATE_LETTERS,
    BindingErrorStatus,
    BindingStatus,
    FlowBindingTrigger,
    FlowStatus,
    MhType,
    RevocationStatus,
    RevocationTrigger,
    letters_of,
    name_of,
)

MOST_OPTIONS = 40
"""Options that a line names; a hostile message holds a thousand."""
NAMES = {
    MhType.CARE_OF_TEST_INIT.value: "Care-of Test Init",
    MhType.CARE_OF_TEST.value: "Care-of Test",
    MhType.BINDING_REVOCATION.value: "Binding Revocation",
}
"""Where the registry's name in title case is not what the RFCs write."""


def describe_mobility(message: MobilityMessage) -> str:
    """The message in one line: what it is, its options without padding, what is wrong with it."""
    words = " ".join([_name(message), *_facts(message)])
    shown = [option for option in message.options if not option.is_padding]
    parts = [words, *(describe_option(option) for option in shown[:MOST_OPTIONS])]
    text = ", ".join(parts) + (f" … {len(shown) - MOST_OPTIONS} more" if len(shown) > MOST_OPTIONS else "")
    if message.checksum_ok is False:
        text += " [Checksum incorrect]"
    return text + (f" [Malformed: {message.malformed}]" if message.malformed else "")


def _name(message: MobilityMessage) -> str:
    match message:
        case BindingRevocation() | FlowBinding():
            return f"{_type_name(message.type)} Indication"
        case BindingRevocationAck() | FlowBindingAck():
            return f"{_type_name(message.type)} Acknowledgement"
    return _type_name(message.type)


def _type_name(number: int) -> str:
    try:
        return NAMES.get(number) or MhType(number).name.replace("_", " ").title()
    except ValueError:
        return f"Mobility Header type {number}"


def _facts(message: MobilityMessage) -> list[str]:
    """The fixed fields in words."""
    match message:
        case BindingUpdate() | FastBindingUpdate():
            return [_sequence(message), *_flags(message.flags, UPDATE_LETTERS, 16), _lifetime(message.lifetime)]
        case BindingAck() | FastBindingAck():
            status = name_of(message.status, BindingStatus)
            return [_sequence(message), status, *_flags(message.flags, ACK_LETTERS, 8), _lifetime(message.lifetime)]
        case BindingError():
            return [name_of(message.status, BindingErrorStatus), f"HoA {message.home_address}"]
        case BindingRevocation():
            trigger = name_of(message.trigger, RevocationTrigger)
            return [_sequence(message), trigger, *_flags(message.flags, REVOCATION_LETTERS, 16)]
        case BindingRevocationAck():
            status = name_of(message.status, RevocationStatus)
            return [_sequence(message), status, *_flags(message.flags, REVOCATION_LETTERS, 16)]
    return _further_facts(message)


def _further_facts(message: MobilityMessage) -> list[str]:
    match message:
        case FlowBinding():
            trigger = name_of(message.trigger, FlowBindingTrigger)
            return [_sequence(message), trigger, *_flags(message.flags, FLOW_BINDING_LETTERS, 8)]
        case FlowBindingAck():
            return [_sequence(message), name_of(message.status, FlowStatus)]
        case Heartbeat():
            return ["response" if message.is_response else "request", _sequence(message)]
        case HomeAgentSwitch():
            return [str(address) for address in message.addresses]
        case HandoverInitiate() | HandoverAck() | LocalizedRoutingInitiation() | LocalizedRoutingAck():
            return [_sequence(message)]
    return []


_Numbered = (
    BindingUpdate
    | BindingAck
    | FastBindingUpdate
    | FastBindingAck
    | BindingRevocation
    | BindingRevocationAck
    | FlowBinding
    | FlowBindingAck
    | Heartbeat
    | HandoverInitiate
    | HandoverAck
    | LocalizedRoutingInitiation
    | LocalizedRoutingAck
)


def _sequence(message: _Numbered) -> str:
    return f"seq {message.sequence}"


def _lifetime(units: int) -> str:
    return f"lifetime {LIFETIME_UNIT * units} s"


def _flags(flags: int, letters: str, width: int) -> list[str]:
    """Each letter a word; bits that have none in hex."""
    named, _, unknown = letters_of(flags, letters, width).partition("+")
    return [*named, *([f"+{unknown}"] if unknown else [])]
