"""What UE and HA put into a Binding Update and its Acknowledgement: TS 24.303 clauses 5.1.2.4 and 5.1.3.2.

The HA looks at the update as it was sent, edits included, and answers as the specification wants it to.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

from dissectors.scapy_layers.flows import (
    FlowBindingReference,
    FlowTrafficSelector,
    MipFlowIdentification,
)
from dissectors.scapy_layers.layer import Item
from dissectors.scapy_layers.mobility_options import (
    MipAlternateCareOf,
    MipBindingIdentifier,
    MipIpv4AddressAck,
    MipIpv4CareOf,
    MipIpv4HomeAddress,
    MipNatDetection,
    MipRefreshAdvice,
)
from samples.generator.carriage import Outer, back
from samples.generator.knobs import HaKnobs
from samples.generator.network import Network
from samples.generator.signals import Role, Signal

ANY_IPV4 = IPv4Address(0)
REFRESH_TIME = 110  # s: RFC 5555 section 6
REASON_UNSPECIFIED, NOT_IN_WINDOW = 128, 135  # binding statuses
BID_NOT_FOUND = 131  # flow status
NO_DYNAMIC_ADDRESS = 132  # IPv4 Address Acknowledgement: dynamic IPv4 home address assignment not available


def flow(fid: int, priority: int, bid: int, selector: FlowTrafficSelector | None = None) -> Item:
    """FID option (RFC 6089 section 4.2): a new flow, or without a selector one that the HA knows and that moves."""
    items: list[Item] = [FlowBindingReference(bids=[bid])]
    if selector is not None:
        items.append(selector)
    return MipFlowIdentification(fid=fid, priority=priority, suboptions=items)


def binding_identifier(bid: int, priority: int, network: Network) -> Item:
    """BID option of a BU: the care-of address as the UE knows it stands in it, and in no option of its own."""
    return MipBindingIdentifier(bid=bid, priority=priority, coa=str(network.ue_own))


def care_of_address(network: Network, home: IPv6Address) -> tuple[Item, ...]:
    """The option that carries the care-of address where no BID does; none at home."""
    if network.ue == home:
        return ()
    if network.ue.version == 6:
        return (MipAlternateCareOf(coa=str(network.ue)),)
    return (MipIpv4CareOf(coa=str(network.ue_own)),)


def ipv4_home_address(address: IPv4Address = ANY_IPV4) -> Item:
    """0.0.0.0 asks for one; the one that was assigned keeps it."""
    return MipIpv4HomeAddress(hoa=str(address))


class Registrar:
    """The HA's side of the bindings of one UE."""

    def __init__(self, knobs: HaKnobs) -> None:
        self.knobs = knobs
        self.last_sequence: int | None = None
        self.bids: set[int] = set()

    def answer(self, update: Signal, step: str) -> Signal:
        """The Acknowledgement; not sent where the HA drops the update. The knobs may want a refusal at this step."""
        if not self._believes(update):
            return replace(self._acknowledgement(update, REASON_UNSPECIFIED), sent=False)
        status = self.knobs.statuses.get(step, self._status(update))
        answer = self._acknowledgement(update, status)
        if status < REASON_UNSPECIFIED:
            self.last_sequence = update.sequence
            self.bids |= {option.bid for option in update.every(MipBindingIdentifier)}
            return replace(answer, options=self._options(update))
        if status == NOT_IN_WINDOW and self.last_sequence is not None:
            return replace(answer, sequence=self.last_sequence)
        return answer

    def _acknowledgement(self, update: Signal, status: int) -> Signal:
        lifetime = min(update.lifetime, self.knobs.binding_lifetime) if status < REASON_UNSPECIFIED else 0
        flags = "KR" if "K" in update.flags else "R"
        way, role = way_back(update), Role.ACKNOWLEDGEMENT
        return Signal(role, update.sequence, flags, lifetime, (), update.home, update.agent, way, status)

    def _believes(self, update: Signal) -> bool:
        """What is not protected, or not for this HA, is dropped without an answer."""
        here = update.outer.destination in (self.knobs.address, self.knobs.address_ipv4)
        return self.knobs.credulous or (update.valid and here)

    def _status(self, update: Signal) -> int:
        alternate = update.option(MipAlternateCareOf)
        if alternate and str(alternate.coa) != str(update.outer.source):
            return REASON_UNSPECIFIED
        if self.last_sequence is not None and not 0 < (update.sequence - self.last_sequence) % 0x10000 < 0x8000:
            return NOT_IN_WINDOW
        return 0

    def _options(self, update: Signal) -> tuple[Item, ...]:
        options: list[Item] = []
        if update.lifetime and self.knobs.refresh_advice:
            options.append(MipRefreshAdvice(interval=self.knobs.refresh_advice))
        asked = update.option(MipIpv4HomeAddress)
        if asked:
            options.append(self._ipv4_home_address(IPv4Address(asked.hoa)))
        if behind_nat(update):
            options.append(MipNatDetection(f=1, refresh=REFRESH_TIME))
        bindings = update.every(MipBindingIdentifier)
        options += [MipBindingIdentifier(bid=binding.bid, priority=binding.priority) for binding in bindings]
        options += [self._flow(option) for option in update.every(MipFlowIdentification)]
        return tuple(options)

    def _flow(self, asked: Item) -> Item:
        """The FID option of the answer: its status, and the bindings it stands for."""
        references = [item.copy() for item in asked.suboptions if isinstance(item, FlowBindingReference)]
        known = all(bid in self.bids for item in references for bid in item.bids)
        status = 0 if known else BID_NOT_FOUND
        return MipFlowIdentification(fid=asked.fid, priority=asked.priority, status=status, suboptions=references)

    def _ipv4_home_address(self, asked: IPv4Address) -> Item:
        given = self.knobs.ipv4_home_address
        if given is None:
            return MipIpv4AddressAck(status=NO_DYNAMIC_ADDRESS, plen=0, hoa=str(ANY_IPV4))
        if asked in (ANY_IPV4, given):
            return MipIpv4AddressAck(hoa=str(given))
        return MipIpv4AddressAck(status=130, plen=0, hoa=str(ANY_IPV4))


def behind_nat(update: Signal) -> bool:
    """Whether the update's outer IPv4 source is another address than the UE believes in."""
    believed: list[Item] = [*update.every(MipIpv4CareOf), *update.every(MipBindingIdentifier)]
    own = next((item.coa for item in believed), None)
    return update.outer.source.version == 4 and own is not None and str(own) != str(update.outer.source)


def way_back(update: Signal) -> Outer:
    """What carries the answer, and the HA's user data after it.

    UDP only where there is a NAT: TS 24.303 decides where RFC 5555 section 4.2 would have the answer in UDP always.
    """
    way = back(update.outer)
    return way if behind_nat(update) else Outer(way.source, way.destination)
