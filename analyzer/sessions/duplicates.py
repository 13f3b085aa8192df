"""The same packet captured twice: on two interfaces, or before and after encryption on an IPsec host.

Neither is a retransmission, a replay or an unprotected message: the sender sent it once.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

from dissectors.events import Endpoint

COPY_WINDOW = 10_000_000
"""ns: copies of one packet are captured within milliseconds; no sender retransmits as fast."""
TWIN_WINDOW = 1_000_000_000
"""ns between the plain and the protected form of a packet on its way through one host."""
REMEMBERED = 4096


class RecentPackets:
    """Digests of what was seen lately; bounded in number and age."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._seen: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def first_of(self, digest: bytes, frame: int, at: int) -> int:
        """The frame of an earlier packet with the same digest inside the window, else 0; remembers this one."""
        known = self._seen.get(digest)
        if known is not None and abs(at - known[1]) <= self._window:
            return known[0]
        self.remember(digest, frame, at)
        return 0

    def find(self, digest: bytes, at: int) -> int:
        """As ``first_of``, without remembering."""
        known = self._seen.get(digest)
        return known[0] if known is not None and abs(at - known[1]) <= self._window else 0

    def remember(self, digest: bytes, frame: int, at: int) -> None:
        """Takes note of a packet."""
        self._seen[digest] = (frame, at)
        self._seen.move_to_end(digest)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)


def digest_of_protected(body: bytes) -> bytes:
    """What identifies an IKE or ESP packet: SPIs, numbers, nonces and IVs do; addresses change at a NAT."""
    return blake2b(body, digest_size=16).digest()


def digest_of(source: Endpoint, destination: Endpoint, protocol: int, body: bytes) -> bytes:
    """What identifies a plain packet wherever it is captured: what changes from hop to hop is left out."""
    state = blake2b(body, digest_size=16)
    state.update(source.address.packed)
    state.update(destination.address.packed)
    state.update(bytes((protocol & 0xFF,)))
    state.update(source.port.to_bytes(2) + destination.port.to_bytes(2))
    return state.digest()
