"""The CHILD SA for Binding Updates and Acknowledgements: what its selectors let through.

RFC 4877 sections 4.3, 5 and 7.2; of protocol 135 the type stands in the top octet of the ports (RFC 4301 section
4.4.1.1). Wide selectors are as good as narrow ones. OPAQUE (65535 to 0) is what an end has that sends no such message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address

from dissectors.events import Address
from dissectors.ikev2.messages import TrafficSelector, TrafficSelectors
from dissectors.ikev2.registry import ExchangeType
from dissectors.mobility.registry import MhType
from rules.model import Role
from rules.session import ChildSa, HomePrefixGrant, Session

MOBILITY_HEADER, ANY_PROTOCOL = 135, 0
OPAQUE = (65535, 0)
Selectors = tuple[TrafficSelector, ...]


def selectors_of(child: ChildSa, role: Role) -> Selectors:
    """The selectors of one end."""
    own = child.ts_i if child.initiator_role is role else child.ts_r
    return own.selectors if own is not None else ()


def by_end(
    ts_i: TrafficSelectors | None, ts_r: TrafficSelectors | None, initiator: Role
) -> tuple[Selectors, Selectors]:
    """The selectors of the UE and those of the Home Agent."""
    first, second = (ts.selectors if ts else () for ts in (ts_i, ts_r))
    return (first, second) if initiator is Role.UE else (second, first)


def has_address(selector: TrafficSelector, address: Address) -> bool:
    """Whether an address lies in the selector's range."""
    start, end = selector.start, selector.end
    if start is None or end is None or start.version != address.version:
        return False
    return int(start) <= int(address) <= int(end)


def has_mobility(selector: TrafficSelector) -> bool:
    """Whether the protocol may be the Mobility Header."""
    return selector.protocol in (ANY_PROTOCOL, MOBILITY_HEADER)


def has_type(selector: TrafficSelector, kind: MhType) -> bool:
    """Whether a Mobility Header of that type fits."""
    if selector.protocol == ANY_PROTOCOL:
        return True
    return has_mobility(selector) and selector.start_port >> 8 <= kind <= selector.end_port >> 8


def is_opaque(selector: TrafficSelector) -> bool:
    """The end that has it sends nothing that has this field."""
    return has_mobility(selector) and (selector.start_port, selector.end_port) == OPAQUE


def touches(selector: TrafficSelector, grant: HomePrefixGrant) -> bool:
    """Whether some address of a home prefix lies in the selector's range."""
    start, end = selector.start, selector.end
    if not isinstance(start, IPv6Address) or not isinstance(end, IPv6Address):
        return False
    hosts = (1 << (128 - grant.length)) - 1
    first = int(grant.prefix) & ~hosts
    return int(start) <= first | hosts and int(end) >= first


def carries(selectors: Iterable[TrafficSelector], address: Address, kind: MhType) -> bool:
    """Whether a message of that type may go from or to that address."""
    return any(has_address(selector, address) and has_type(selector, kind) for selector in selectors)


def made_for(session: Session, address: Address) -> Iterator[ChildSa]:
    """The CHILD SAs that CREATE_CHILD_SA made with that address among the UE's. Whether their selectors let updates
    through is another question.
    """
    for child in dict.fromkeys(session.children.values()):
        made = child.response.message.exchange_type == ExchangeType.CREATE_CHILD_SA
        if made and any(has_address(selector, address) for selector in selectors_of(child, Role.UE)):
            yield child


def shown(selectors: Iterable[TrafficSelector]) -> str:
    """``2001:db8::1 135 0x0500-0x0500``."""
    return " | ".join(map(_shown, selectors)) or "none"


def _shown(selector: TrafficSelector) -> str:
    where = str(selector.start) if selector.start == selector.end else f"{selector.start}-{selector.end}"
    if (selector.start_port, selector.end_port) in ((0, 0xFFFF), OPAQUE):
        ports = "any" if selector.end_port else "OPAQUE"
    else:
        ports = f"0x{selector.start_port:04x}-0x{selector.end_port:04x}"
    return f"{where} protocol {selector.protocol or 'any'} ports {ports}"
