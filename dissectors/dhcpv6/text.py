"""DHCPv6 in words: one option for the tree, one message for a line as tshark has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import islice

from dissectors.dhcpv6.messages import (
    ClientId,
    Dhcpv6,
    Dhcpv6Message,
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
from dissectors.dhcpv6.registry import IdType, OptionCode, StatusCodeValue, message_name
from dissectors.tree import render

MOST_SHOWN = 12
MOST_RELAYS = 4
LONGEST = 80


def describe_dhcpv6(message: Dhcpv6) -> str:
    """``DHCPv6 Information-request XID 0x0a0b0c, asks for 69, home network "internet.example"``.

    Inert text, of bounded length. Of what relays carry, each relay first, then the message.
    """
    relays: list[str] = []
    inner: Dhcpv6 | None = message
    while isinstance(inner, RelayMessage):
        relays.append(f"{message_name(inner.type)} link {inner.link_address} peer {inner.peer_address}")
        relayed = inner.first(RelayedMessage)
        inner = relayed.message if relayed else None
    parts = _first_of(relays, MOST_RELAYS)
    if inner is not None:
        parts.append(_between_client_and_server(inner))
    text = "DHCPv6 " + ": ".join(parts)
    return f"{text} [Malformed: {message.malformed}]" if message.malformed else text


def _between_client_and_server(message: Dhcpv6Message) -> str:
    clients = (f"client {_short(client.duid.hex())}" for client in message.all(ClientId))
    facts = _first_of([*islice(_facts(message.options), MOST_SHOWN + 1)], MOST_SHOWN)
    return ", ".join([f"{message_name(message.type)} XID 0x{message.transaction_id:06x}", *facts, *islice(clients, 1)])


def _first_of(texts: list[str], most: int) -> list[str]:
    return texts if len(texts) <= most else [*texts[:most], "…"]


def _facts(options: tuple[Option, ...]) -> Iterator[str]:
    """What of the options belongs in a line, in their order."""
    for option in options:
        match option:
            case OptionRequest(codes) if codes:
                yield f"asks for {', '.join(_first_of([*map(str, codes[: MOST_SHOWN + 1])], MOST_SHOWN))}"
            case IaNa() | IaTa() | IaPd():
                yield from _facts(option.options)
            case IaAddress():
                yield f"address {option.address}"
            case IaPrefix():
                yield f"prefix {option}"
            case StatusCode(code) if code:
                yield f"status {render(code, StatusCodeValue)}"
            case _:
                yield from _home_facts(option)


def _home_facts(option: Option) -> Iterator[str]:
    match option:
        case HomeNetworkInformation() | DraftHomeInformation():
            if isinstance(option, DraftHomeInformation) and option.id_type is not None:
                yield f"id-type {render(option.id_type, IdType)}"
            for inner in option.options:
                yield from _home_facts(inner)
        case HomeNetworkIdentifier(name):
            yield f'home network "{_short(name)}"'
        case HomeAgentAddress(address):
            yield f"Home Agent {address}"
        case HomeAgentFqdn(name):
            yield f'Home Agent "{_short(name)}"'
        case HomeNetworkPrefix():
            yield f"home prefix {option.network}"


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
            return _short(", ".join(facts) if facts else _plain(option))


def _plain(option: Option) -> str:
    """The values of an option that has nothing else to say for itself."""
    values = [getattr(option, field.name) for field in fields(option) if field.name != "options"]
    return " ".join(" ".join(map(str, v[:MOST_SHOWN])) if isinstance(v, tuple) else str(v) for v in values)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
