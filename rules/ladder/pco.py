"""PCO in a ladder: ``UE -> NET  PCO request``, ``NET -> UE  PCO answer`` and ``UE -> NET  PCO release``.

A request sets up a PDN connection in a 3GPP access; it asks for HA, HA4 (its IPv4 address), HNP and IFOM.
``without IFOM`` leaves one out, ``with DNS`` adds one. ``by=esm`` sends it in an ESM INFORMATION RESPONSE, ``by=gtp``
shows it in a Create Session Request. ``imsi=none`` hides whose it is, ``apn=`` names another APN than ``internet``,
``malformed`` cuts it.
The answer gives what was asked: addresses of the HA and the UE's home prefix, or ``prefix=``. ``UNREAD`` stands for
PCO in the capture that could not be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from dissectors.events import Endpoint, Malformed
from dissectors.pco import Container, ContainerId, HomeNetworkPrefix, ProtocolConfigurationOptions, Value
from dissectors.pco_carriers import CarrierMessage, EmmMessage, EsmMessage, Gtpv2Message, PcoMessage
from rules.ladder.scene import Node
from rules.ladder.script import LadderError, Line
from rules.model import Role
from rules.pco import imsi_of

WORDS = ("PCO",)
ENB, MME = Endpoint(IPv4Address("198.51.100.10")), Endpoint(IPv4Address("198.51.100.1"))
NAMES: dict[str, ContainerId] = {
    "HA": ContainerId.HOME_AGENT_IPV6,
    "HA4": ContainerId.HOME_AGENT_IPV4,
    "HNP": ContainerId.HOME_NETWORK_PREFIX,
    "IFOM": ContainerId.IFOM_SUPPORT,
    "DNS": ContainerId.DNS_IPV6,
}
USUAL = ("HA", "HA4", "HNP", "IFOM")
REQUESTS: dict[str, CarrierMessage] = {
    "nas": EsmMessage.PDN_CONNECTIVITY_REQUEST,
    "esm": EsmMessage.ESM_INFORMATION_RESPONSE,
    "gtp": Gtpv2Message.CREATE_SESSION_REQUEST,
}
ANSWERS: dict[str, CarrierMessage] = {
    "nas": EsmMessage.ACTIVATE_DEFAULT_EPS_BEARER_CONTEXT_REQUEST,
    "gtp": Gtpv2Message.CREATE_SESSION_RESPONSE,
}
CUT = Malformed("container is 20 bytes, 3 are left", 14)


@dataclass(slots=True)
class Asked:
    """What each UE asked for last."""

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    number: int = 0


def pco_message(line: Line, asked: Asked) -> tuple[Node, PcoMessage, Endpoint, Endpoint]:
    """The UE, the message of a PCO line, and the ends of its packet."""
    sender, receiver = Node.of(line.source), Node.of(line.destination)
    ue = sender if sender.role is Role.UE else receiver
    uplink = sender is ue
    imsi = None if line.options.get("imsi") == "none" else imsi_of(ue.identity)
    kind, pco = _content(line, ue, asked)
    message = PcoMessage(
        kind,
        pco,
        imsi,
        line.options.get("apn", "internet") or None,
        transaction=(ue.name, asked.number, line.options.get("by", "")),
    )
    return ue, message, *((ENB, MME) if uplink else (MME, ENB))


def _content(line: Line, ue: Node, asked: Asked) -> tuple[CarrierMessage, ProtocolConfigurationOptions | None]:
    word, by = line.options.get("kind"), line.options.get("by", "nas")
    fault = CUT if "malformed" in line.options else None
    if word == "release":
        return EmmMessage.DETACH_REQUEST, None
    if word == "request":
        names = tuple(name for name in (*USUAL, *line.added) if name not in line.removed)
        asked.number += asked.names.get(ue.name) != names
        asked.names[ue.name] = names
        items = tuple(Container(_container(name)) for name in names)
        return REQUESTS[by], ProtocolConfigurationOptions(True, items, malformed=fault)
    if word != "answer":
        raise LadderError(f"PCO request, answer or release? {line.text}")
    names = tuple(n for n in (*asked.names.get(ue.name, USUAL), *line.added) if n not in line.removed)
    items = tuple(Container(_container(name), value=_value(name, line, ue)) for name in names)
    return ANSWERS[by], ProtocolConfigurationOptions(False, items, malformed=fault)


def _container(name: str) -> ContainerId:
    if name not in NAMES:
        raise LadderError(f"not an item of PCO: {name}")
    return NAMES[name]


def _value(name: str, line: Line, ue: Node) -> Value:
    network = IPv6Network(line.options.get("prefix", str(ue.home_prefix)))
    values: dict[str, Value] = {
        "HA": Node.of("HA").address,
        "HA4": IPv4Address("192.0.2.1"),
        "HNP": HomeNetworkPrefix(network.network_address, network.prefixlen),
        "DNS": IPv6Address("2001:db8:53::53"),
    }
    return values.get(name)
