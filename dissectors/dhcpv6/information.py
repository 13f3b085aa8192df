"""What a DHCPv6 message says or asks about home networks, whichever form it has: 24.303 clause 5.1.2.1.5."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import TypeVar

from dissectors.dhcpv6.messages import (
    Dhcpv6,
    DraftHomeInformation,
    HomeAgentAddress,
    HomeAgentFqdn,
    HomeNetworkIdentifier,
    HomeNetworkInformation,
    HomeNetworkPrefix,
    Option,
)
from dissectors.dhcpv6.registry import HomeForm, MessageType, OptionCode
from dissectors.events import Address
from dissectors.record import record

OptionT = TypeVar("OptionT")
HOME_CODES = frozenset(
    {OptionCode.MIP6_HNIDF, OptionCode.MIP6_VDINF, OptionCode.MIP6_IDINF, OptionCode.MIP6_UDINF}
)  # fmt: skip
"""Codes by which home network information is asked for, in either form."""


@record
class HomeInformation:
    """All that one message says of home networks.

    ``identifier`` names the network that is asked about or answered for, ``id_type`` is the draft's alone;
    ``form`` is which layout was found. ``fqdn`` is the Home Agent's name, to be looked up in DNS.
    """

    identifier: str | None = None
    id_type: int | None = None
    home_agents: tuple[Address, ...] = ()
    fqdn: str | None = None
    prefixes: tuple[IPv6Network, ...] = ()
    form: HomeForm = HomeForm.RFC6610

    @property
    def gives_only_a_name(self) -> bool:
        """The Home Agent has to be looked up in DNS."""
        return self.fqdn is not None and not self.home_agents


def home_information(message: Dhcpv6) -> HomeInformation | None:
    """What ``message``, or the one that relays carry in it, says of home networks; ``None`` if nothing."""
    inner = message.inner
    if inner is None:
        return None
    found: list[Option] = [option for option in inner.options if isinstance(option, _HOME)]
    if not found:
        return None
    options = _flat(found)
    draft = next((option for option in options if isinstance(option, DraftHomeInformation)), None)
    identifier = _first(options, HomeNetworkIdentifier)
    fqdn = _first(options, HomeAgentFqdn)
    return HomeInformation(
        identifier.name if identifier else None,
        draft.id_type if draft else None,
        tuple(option.address for option in options if isinstance(option, HomeAgentAddress)),
        fqdn.name if fqdn else None,
        tuple(option.network for option in options if isinstance(option, HomeNetworkPrefix)),
        HomeForm.DRAFT if draft else HomeForm.RFC6610,
    )


_HOME = (
    DraftHomeInformation,
    HomeNetworkInformation,
    HomeNetworkIdentifier,
    HomeNetworkPrefix,
    HomeAgentAddress,
    HomeAgentFqdn,
)


def asks_for_home_information(message: Dhcpv6) -> bool:
    """Whether the client asks for home networks: by Option Request, or by naming one."""
    inner = message.inner
    if inner is None or inner.type not in _FROM_CLIENT:
        return False
    return bool(HOME_CODES.intersection(inner.requested_options)) or home_information(inner) is not None


_T = MessageType
_FROM_CLIENT = frozenset({_T.SOLICIT, _T.REQUEST, _T.RENEW, _T.REBIND, _T.INFORMATION_REQUEST})


def _flat(options: list[Option]) -> list[Option]:
    """``options`` and those inside them, each before its contents."""
    flat: list[Option] = []
    pending = options[::-1]
    while pending:
        option = pending.pop()
        flat.append(option)
        if isinstance(option, HomeNetworkInformation | DraftHomeInformation):
            pending += option.options[::-1]
    return flat


def _first(options: list[Option], kind: type[OptionT]) -> OptionT | None:
    return next((option for option in options if isinstance(option, kind)), None)


def is_discovery(message: Dhcpv6) -> bool:
    """Whether the message takes part in Home Agent discovery, as question or as answer."""
    return asks_for_home_information(message) or home_information(message) is not None
