"""DHCPv6 in words: one option for the tree, one message for a line as tshark has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import islice

from dissectors.dhcpv6.messages import (
    ClientId,
    Dhcpv6,
    DraftHomeInformation,
    ElapsedTime,
    HomeAgentAddress,
    HomeAgentFqdn,
    HomeNetworkIdentifier,
    HomeNetworkInformation,
    HomeNetworkPrefix,
    IaAddress,
    IaNa,
    IaPd,
    IaPrefix,
    IaTa,
    OpaqueOption,
    Option,
    OptionRequest,
    RelayedMessage,
    RelayMessage,
    ServerId,
    StatusCode,
)
from dissectors.dhcpv6.registry import MessageType, OptionCode, StatusCodeValue
from dissectors.tree import render

MOST_SHOWN = 12
LONGEST = 80


def message_name(kind: int) -> str:
    """``Information-request``, as RFC 8415 and tshark have it."""
    names = {known.value: known.name for known in MessageType}
    return names[kind].capitalize().replace("_", "-") if kind in names else f"Message type {kind}"


def dhcpv6_info(message: Dhcpv6) -> str:
    """``Solicit XID: 0x90b45c CID: 00030001000102030405``; inert text, of bounded length."""
    words: list[str] = []
    while isinstance(message, RelayMessage):
        words.append(f"{message_name(message.type)} L: {message.link_address}")
        relayed = message.first(RelayedMessage)
        if relayed is None:
            return " ".join(words)
        message = relayed.message
    words.append(f"{message_name(message.type)} XID: 0x{message.transaction_id:06x}")
    facts = list(islice(_facts(message.options), MOST_SHOWN + 1))
    words += facts[:MOST_SHOWN] + (["…"] if len(facts) > MOST_SHOWN else [])
    return " ".join(words)


def _facts(options: tuple[Option, ...]) -> Iterator[str]:
    """What of the options belongs in a line, in their order."""
    for option in options:
        match option:
            case ClientId(duid):
                yield f"CID: {_short(duid.hex())}"
            case IaNa() | IaTa() | IaPd():
                yield from _facts(option.options)
            case IaAddress():
                yield f"IAA: {option.address}"
            case IaPrefix():
                yield f"IAP: {option}"
            case StatusCode(code) if code:
                yield f"Status: {render(code, StatusCodeValue)}"
            case _:
                yield from _home_facts(option)


def _home_facts(option: Option) -> Iterator[str]:
    match option:
        case HomeNetworkInformation() | DraftHomeInformation():
            for inner in option.options:
                yield from _home_facts(inner)
        case HomeNetworkIdentifier(name):
            yield f"HNID: {_short(name)}"
        case HomeAgentAddress(address):
            yield f"HA: {address}"
        case HomeAgentFqdn(name):
            yield f"HA: {_short(name)}"
        case HomeNetworkPrefix():
            yield f"HNP: {option.network}"


def option_text(code: int, option: Option) -> str:
    """An option's name and, where it is short, what it says."""
    return f"{render(code, OptionCode)} {_value(option)}".rstrip()


def _value(option: Option) -> str:
    facts = list(islice(_facts((option,)), MOST_SHOWN))
    match option:
        case OpaqueOption(data=data):
            return _short(data.hex())
        case ServerId(duid) | ClientId(duid):
            return _short(duid.hex())
        case OptionRequest(codes):
            return _short(", ".join(render(code, OptionCode) for code in codes[:MOST_SHOWN]))
        case StatusCode(status, text):
            return _short(f"{render(status, StatusCodeValue)} {text}")
        case ElapsedTime(hundredths):
            return f"{hundredths / 100:g} s"
        case RelayedMessage(message):
            return message_name(message.type)
        case _:
            return _short(" ".join(facts) if facts else _plain(option))


def _plain(option: Option) -> str:
    """The values of an option that has nothing else to say for itself."""
    values = [getattr(option, field.name) for field in fields(option) if field.name != "options"]
    return " ".join(" ".join(map(str, v[:MOST_SHOWN])) if isinstance(v, tuple) else str(v) for v in values)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
