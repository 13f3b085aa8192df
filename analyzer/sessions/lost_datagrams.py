"""IKE datagrams in IP fragments that never became whole: something was sent that the onlooker cannot know."""

from __future__ import annotations

from typing import TypeAlias

from dissectors.events import Address
from dissectors.ip import Ipv4Header, Ipv6Header
from dissectors.stack import Carried, Stack
from dissectors.udp import UdpPort

MOST_WATCHED = 4096
PORTS = frozenset({int(UdpPort.IKE), int(UdpPort.IPSEC_NAT_T)})
Key: TypeAlias = tuple[Address, Address, int]


class LostDatagrams:
    """Remembers first fragments that show an IKE port until their datagram is whole."""

    def __init__(self) -> None:
        self._waiting: dict[Key, None] = {}

    @property
    def count(self) -> int:
        return len(self._waiting)

    def note(self, stack: Stack) -> None:
        """Takes note of a fragment, or of a datagram that was put together."""
        key, first = _fragment(stack)
        if key is None:
            return
        if stack.frames or stack.carried is not Carried.FRAGMENT:
            self._waiting.pop(key, None)
        elif first and _shows_ike(stack) and len(self._waiting) < MOST_WATCHED:
            self._waiting[key] = None


def _fragment(stack: Stack) -> tuple[Key | None, bool]:
    """What identifies the datagram of the innermost fragment, and whether this is the first one."""
    for layer in reversed(stack.layers):
        ip = layer.message
        if isinstance(ip, Ipv4Header) and ip.is_fragment:
            return (ip.source, ip.destination, ip.identification), not ip.fragment_offset
        if isinstance(ip, Ipv6Header) and ip.fragment is not None:
            return (ip.source, ip.destination, ip.fragment.identification), not ip.fragment.fragment_offset
    return None, False


def _shows_ike(stack: Stack) -> bool:
    body = stack.body
    ports = body.data[body.pos : min(body.pos + 4, body.end)]
    protocol = next(
        (m.fragment.next_header if isinstance(m, Ipv6Header) and m.fragment else m.protocol)
        for m in (layer.message for layer in reversed(stack.layers))
        if isinstance(m, (Ipv4Header, Ipv6Header))
    )
    return protocol == 17 and len(ports) == 4 and bool({int.from_bytes(ports[:2]), int.from_bytes(ports[2:])} & PORTS)
