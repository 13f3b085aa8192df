"""The columns of a ladder: the UE, its Home Agents on the right, the nodes of its access networks on the left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from analyzer.tui.carried import PcoNote
from analyzer.tui.ladder.pco import PcoNodes
from analyzer.tui.trail import HOME_AGENT, Course, Peer, Trail
from dissectors.events import Address
from rules.session import Session

UE = "UE"


@dataclass(slots=True)
class Node:
    """A column."""

    name: str
    addresses: list[Address] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Name and first address."""
        return f"{self.name} {self.addresses[0]}" if self.addresses else self.name


class Nodes:
    """Which columns there are, and where a message begins and ends."""

    def __init__(self, course: Course, trail: Trail, session: Session, count: int, pco: PcoNodes | None = None) -> None:
        peers = [trail.peers[n] for n in dict.fromkeys(course.peers[:count])]
        agents = _home_agents(session, (address for name, address in peers if name == HOME_AGENT))
        ues = [trail.addresses[n] for n in dict.fromkeys(course.ues[:count])]
        others = list(dict.fromkeys(name for name, _ in peers if name != HOME_AGENT))
        self._pco = pco or PcoNodes(())
        core = [Node(name, addresses) for name, addresses in self._pco.addresses.items()]
        self._core = {node.name: len(core) - 1 - place for place, node in enumerate(core)}
        self.access = len(core)  # the columns of the 3GPP access, which come first
        self.all: list[Node] = [*reversed(core), *(Node(name) for name in others)]
        self.ue = len(self.all)
        self.all.append(Node(UE, ues))
        self._place: dict[Peer, int] = {}
        for number, addresses in enumerate(agents, 1):
            for address in addresses:
                self._place[HOME_AGENT, address] = len(self.all)
            self.all.append(Node(HOME_AGENT if number == 1 else f"HA {number}", addresses))
        for name, address in peers:
            if name != HOME_AGENT:
                place = len(core) + others.index(name)
                self._place[name, address] = place
                self.all[place].addresses.append(address)
        self.ha = min(self.ue + 1, len(self.all) - 1)

    def peer(self, peer: Peer) -> int:
        """The column of who is at the other end."""
        return self._place.get(peer, self.ha)

    def pco_ends(self, note: PcoNote) -> tuple[int, int]:
        """The columns where a message with PCO begins and ends."""
        source, destination = (self._core.get(name, self.ue) for name in self._pco.ends(note))
        return source, destination

    def __len__(self) -> int:
        return len(self.all)


def _home_agents(session: Session, seen: Iterable[Address]) -> list[list[Address]]:
    """Addresses by Home Agent: a redirect leads to another one, everything else stays with the one before."""
    agents: list[list[Address]] = [[]]
    redirected = False
    for sa in list(session.ike_sas):
        address = sa.responder.address if sa.initiator_role.value == UE else sa.initiator.address
        known = next((agent for agent in agents if address in agent), None)
        if known is None and redirected and agents[-1]:
            agents.append([address])
        elif known is None:
            agents[-1].append(address)
        redirected = redirected or sa.redirect is not None
    taken = {address for agent in agents for address in agent}
    for address in seen:
        if address not in taken and not address.is_multicast:
            agents[0].append(address)
    return agents
