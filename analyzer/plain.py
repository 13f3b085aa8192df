"""What needs no key: the message that a stack carries in clear, decoded by what the walk ended at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dissectors.buffer import Reader
from dissectors.dhcpv4 import decode_dhcpv4
from dissectors.dhcpv6 import decode_dhcpv6
from dissectors.dns import decode_dns
from dissectors.esp import decode_esp
from dissectors.icmp import decode_icmp, decode_icmpv6
from dissectors.ikev2.decode import decode_ike
from dissectors.mobility import decode_mobility
from dissectors.protected import EspMessage
from dissectors.stack import Carried, Stack


def _mobility(r: Reader, stack: Stack) -> Any:
    ends = stack.addressing
    return decode_mobility(r, source=ends.source, destination=ends.destination)


DECODERS: Mapping[Carried, Callable[[Reader, Stack], Any]] = {
    Carried.ICMP: lambda r, _: decode_icmp(r),
    Carried.ICMPV6: lambda r, _: decode_icmpv6(r),
    Carried.MOBILITY: _mobility,
    Carried.DHCPV6: lambda r, _: decode_dhcpv6(r),
    Carried.DHCPV4: lambda r, _: decode_dhcpv4(r),
    Carried.DNS: lambda r, _: decode_dns(r),
    # Inside ESP; outside it they are opened and told to sessions.
    Carried.ESP: lambda r, _: EspMessage(decode_esp(r)),
    Carried.IKE: lambda r, _: decode_ike(r),
}


def decode_plain(r: Reader, stack: Stack) -> Any:
    """The message at ``r``, which reads what ``stack`` carries; ``None`` for what is not looked into. Never raises."""
    decode = DECODERS.get(stack.carried)
    return decode(r, stack) if decode else None
