"""What an address is to a session, as engineers abbreviate it: HoA, CoA, IPv4 CoA, HA."""

from __future__ import annotations

from dissectors.events import Address
from rules.bindings import HomeRegistration
from rules.registrations import lies_in_home_prefix, negotiated_home_addresses
from rules.session import Session

HOME_ADDRESS, IPV4_HOME_ADDRESS = "HoA", "IPv4 HoA"
CARE_OF_ADDRESS, IPV4_CARE_OF_ADDRESS = "CoA", "IPv4 CoA"
HOME_AGENT = "HA"
HOME_PREFIX = "HNP"
"""An address of the home prefix that is no Home Address yet, or another device's behind the UE."""


def role_of(address: Address, session: Session) -> str:
    """The role of an address in a session; nothing where it has none."""
    if address in session.homes or address in negotiated_home_addresses(session):
        return HOME_ADDRESS
    if address == session.ha or address in session.ha_addresses:
        return HOME_AGENT
    if any(address in (home.ipv4_home_address, home.ipv4_granted) for home in session.homes.values()):
        return IPV4_HOME_ADDRESS
    if address == session.ue or any(_is_care_of(address, home) for home in session.homes.values()):
        return CARE_OF_ADDRESS if address.version == 6 else IPV4_CARE_OF_ADDRESS
    return HOME_PREFIX if lies_in_home_prefix(session, address) else ""


def _is_care_of(address: Address, home: HomeRegistration) -> bool:
    bindings = [*home.bindings.values(), *home.former]
    return any(address in (b.care_of_address, b.outer.address) for b in bindings)
