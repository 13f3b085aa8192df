"""What the clauses on Home Agent discovery share: guards, and what makes an absence prove nothing."""

from __future__ import annotations

from dissectors.dhcpv6 import Dhcpv6, MessageType, OptionCode, home_information
from dissectors.dhcpv6.messages import DraftHomeInformation, HomeNetworkInformation, OpaqueOption, Option
from dissectors.events import Address
from rules.discovery import Discovery, Told
from rules.model import Role
from rules.obligations import drops_doubt
from rules.registry import AnyEvent
from rules.session import Context
from rules.ts24303.places import quoted

HOME_OPTIONS = frozenset(
    {
        OptionCode.MIP6_HNIDF,
        OptionCode.MIP6_VDINF,
        OptionCode.MIP6_IDINF,
        OptionCode.MIP6_UDINF,
        OptionCode.MIP6_HAA,
        OptionCode.MIP6_HAF,
    }
)
UNREAD = "what is asked for in frame {} cannot be read"
AT_THE_HA = "the capture was taken at the HA, where the UE's DNS does not pass"


def discovery_of(context: Context) -> Discovery | None:
    """How the UE of this session looked for its Home Agent."""
    return context.session.discovery


def starts_ike(event: AnyEvent, context: Context) -> bool:
    """The first IKE_SA_INIT request that came of a discovery, sent by the UE."""
    discovery = discovery_of(context)
    return discovery is not None and discovery.start is None and context.role is Role.UE


def told_in(event: AnyEvent, context: Context) -> Told | None:
    """What an event is as a Reply to a request of this discovery; ``None`` if it is none."""
    inner, discovery = event.message.inner, discovery_of(context)
    if inner is None or inner.type != MessageType.REPLY or discovery is None:
        return None
    request = discovery.request_of(event.message)
    return Told(event, request, home_information(event.message)) if request is not None else None


def shows_both_families(event: AnyEvent, context: Context) -> bool:
    """The first acknowledgement that comes through a tunnel of the other family: the HA has addresses of both."""
    before = context.home.acks if context.home else ()
    return _crosses_families(event) and not any(map(_crosses_families, before))


def _crosses_families(ack: AnyEvent) -> bool:
    ends = ack.message.addressing
    return bool(ends.outer_source.address.version != ends.source.version)


def named_without_addresses(discovery: Discovery) -> list[Told]:
    """The Replies that gave a Home Agent's name alone, each name once."""
    found = {told.fqdn: told for told in discovery.replies if told.gives_only_a_name}
    return list(found.values())


def unreadable_options(message: Dhcpv6) -> list[OpaqueOption]:
    """Options about home networks that are there and cannot be read, at whatever depth."""
    inner = message.inner
    pending: list[Option] = list(inner.options) if inner is not None else []
    found: list[OpaqueOption] = []
    while pending:
        option = pending.pop()
        if isinstance(option, OpaqueOption) and option.code in HOME_OPTIONS:
            found.append(option)
        elif isinstance(option, HomeNetworkInformation | DraftHomeInformation):
            pending += [o for o in option.options if not isinstance(o, OpaqueOption)]
            found += [o for o in option.options if isinstance(o, OpaqueOption)]
    return found


def unreadable(event: AnyEvent) -> str:
    """Why something may stand in a message unread; empty if all of it could be read."""
    message = event.message
    if message.malformed:
        return f"the message in frame {event.frame} is malformed: {message.malformed}"
    return "" if event.complete else f"the capture cut frame {event.frame}"


def unseen(context: Context) -> str:
    """Why the UE's DNS may have gone past this capture; empty if it would be here."""
    if context.profile.capture_point == "ha":
        return AT_THE_HA
    discovery = discovery_of(context)
    if discovery is not None and discovery.unread:
        return UNREAD.format(discovery.unread)
    return drops_doubt(context.world.evidence)


def shown(addresses: tuple[Address, ...] | list[Address]) -> str:
    """``A and B``, or ``none``."""
    return " and ".join(map(str, addresses)) or "none"


def shown_others(discovery: Discovery) -> str:
    """What the client looked up besides: ``; it asks for 'x' in frame 4``."""
    asked = [f"{quoted(name)} in frame {frame}" for name, frame in discovery.others.items()]
    return f"; it asks for {', '.join(asked)}" if asked else ""
