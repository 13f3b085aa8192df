"""Who is the UE, where the capture starts after IKE_SA_INIT: the I flag may be that of a Home Agent which rekeyed.

Until something tells, the initiator of an IKE SA without beginning is taken for the UE. The Home Address option stands
only in what the UE sends, the type 2 routing header only in what the Home Agent sends (RFC 6275 sections 6.3 and 6.4),
and the Home Agent is the end that is spoken to at port 4191 (RFC 5555 section 4.1), even where ESP stays closed.
"""

from __future__ import annotations

from dissectors.addressing import Addressing
from dissectors.events import Address
from dissectors.tunnels import Encapsulation
from dissectors.udp import UdpPort
from rules.model import Role
from rules.session import IkeSa, Session

Ends = tuple[Address, Address]
"""The UE and the Home Agent, as the outermost packet has them."""


def ends_told(addressing: Addressing) -> Ends | None:
    """Who is who by the headers alone."""
    source, destination = addressing.outer_source, addressing.outer_destination
    if addressing.home_address is not None:
        return source.address, destination.address
    if addressing.routing_home_address is not None:
        return destination.address, source.address
    if addressing.encapsulation is not Encapsulation.UDP or source.port == destination.port:
        return None
    to_home_agent = destination.port == UdpPort.DSMIPV6
    return (source.address, destination.address) if to_home_agent else (destination.address, source.address)


def is_guess(session: Session) -> bool:
    """Whether the roles are only supposed: no IKE SA was seen to begin."""
    return not session.ike_sas or any(sa.roles_guessed for sa in session.ike_sas)


def orient(session: Session, ends: Ends) -> None:
    """What was supposed of the IKE SAs gives way to what is told."""
    ue, ha = ends
    guessed = [sa for sa in session.ike_sas if sa.roles_guessed]
    wrong = [sa for sa in guessed if _initiator_is(sa, ha, Role.UE) or _initiator_is(sa, ue, Role.HA)]
    told = wrong or [sa for sa in guessed if sa.initiator.address in ends]
    if session.ike_sas and not told:
        return
    for sa in guessed:
        sa.roles_guessed = False
    for sa in session.ike_sas if wrong else ():
        sa.initiator_role = sa.initiator_role.peer
        for child in sa.children:
            child.initiator_role = child.initiator_role.peer
    for flow in session.esp_flows.values():
        known = session.children.get(flow.spi)
        flow.sender = known.sender_of(flow.spi) if known else flow.sender
    session.ue, session.ha, session.roles_known = ue, ha, True
    session.world.ha_addresses.add(ha)
    session.world.ue_addresses.add(ue)


def _initiator_is(sa: IkeSa, address: Address, supposed: Role) -> bool:
    return sa.initiator.address == address and sa.initiator_role is supposed
