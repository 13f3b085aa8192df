"""RFC 4303 sections 2.2, 2.4, 2.6, 2.8 and 3.4.3: sequence numbers, checksum, padding and next header of ESP."""

from __future__ import annotations

from dissectors.esp.packets import OpenedEsp
from dissectors.events import SealReason
from dissectors.ikev2.messages import TrafficSelector
from dissectors.ikev2.registry import EsnId, NotifyType, TransformType, TsType
from rules.model import PASSED, Outcome, failed, inconclusive, noted
from rules.registry import AnyEvent, Kind, check, prohibition
from rules.session import REPLAY_WINDOW, ChildSa, Context, EspEvent, EspFlow

HALF = 0x8000_0000
COPIED_WITHIN = 10_000_000
"""ns; the same packet before and after a NAT is captured within milliseconds."""
IPV4, IPV6, NO_NEXT_HEADER, MOBILITY = 4, 41, 59, 135
EXTENSIONS = (43, 44, 51, 60)
"""Extension headers that may stand between ESP in transport mode and the protocol it is for."""
IP_NUMBERS = {IPV4: TsType.IPV4_ADDR_RANGE, IPV6: TsType.IPV6_ADDR_RANGE}
ROHC, IPCOMP = 142, 108
BEET_MODE = 40961
"""Private notify with which strongSwan agrees on a mode between tunnel and transport."""


# Sequence numbers


def _belongs_here(event: AnyEvent, context: Context) -> bool:
    """Not the copy of the packet before it that a capture on both sides of a NAT holds."""
    last = context.flow.last if context.flow else None
    if context.flow is None or last is None:
        return context.flow is not None
    same = last.message.packet == event.message.packet and last.source.address != event.source.address
    return not (same and event.at - last.at <= COPIED_WITHIN)


@check("RFC4303-01", on=Kind.ESP, when=_belongs_here)
def sequence_number_that_does_not_grow(event: EspEvent, context: Context) -> Outcome:
    """The receiver drops a packet whose number it has had, or that lies behind its window: the data is lost."""
    flow, sequence = context.flow, event.message.sequence
    assert flow is not None
    if flow.packets == 0 or sequence > flow.highest or _is_new_sa(context):
        return PASSED
    behind = flow.highest - sequence
    if behind > HALF:
        return _wrapped(event, context, flow)
    if flow.seen(sequence):
        return _stepped_back(event, context, flow, f"{sequence} again")
    if behind < REPLAY_WINDOW:
        return noted(f"reordered: sequence number {sequence} came {behind} behind")
    return _stepped_back(event, context, flow, f"{sequence}, {behind} behind the highest")


def _is_new_sa(context: Context) -> bool:
    """The SPI was given to a new CHILD SA after the last packet."""
    child, last = context.child, context.flow.last if context.flow else None
    return child is not None and last is not None and child.response.at > last.at


def _stepped_back(event: EspEvent, context: Context, flow: EspFlow, observed: str) -> Outcome:
    if context.child is None and event.message.sequence <= 1:
        return inconclusive("a new SA may have begun under the same SPI: its negotiation was not captured or opened")
    related = (flow.last.frame,) if flow.last else ()
    return failed(
        expected=f"a sequence number above {flow.highest} on SPI 0x{flow.spi:08x}",
        observed=f"sequence number {observed}",
        related=related,
    )


def _wrapped(event: EspEvent, context: Context, flow: EspFlow) -> Outcome:
    """Past 2^32 - 1 only extended sequence numbers go on (section 3.3.3)."""
    if context.child is None:
        return inconclusive("the number wraps: whether extended sequence numbers are in use is not known")
    if any(t.id == EsnId.ESN for t in context.child.proposal.of(TransformType.ESN)):
        return PASSED
    return _stepped_back(event, context, flow, f"{event.message.sequence} without extended sequence numbers")


# Checksum


def _is_checked(event: AnyEvent, context: Context) -> bool:
    message = event.message
    if context.flow is None:
        return False
    return _mismatches(event) or (message.opened is not None and message.opened.icv_ok is True)


def _mismatches(event: AnyEvent) -> bool:
    sealed = event.message.sealed
    return sealed is not None and sealed.reason is SealReason.ICV_MISMATCH


@check("RFC4303-02", on=Kind.ESP, when=_is_checked, sealed=True)
def checksum_that_does_not_verify(event: EspEvent, context: Context) -> Outcome:
    """The receiver drops the packet; its sender's cryptography is wrong, or somebody changed it on the way."""
    flow = context.flow
    assert flow is not None
    if not _mismatches(event):
        return PASSED
    if flow.verified:
        return _wrong(event)
    return inconclusive(f"the key may be wrong: no packet of SPI 0x{flow.spi:08x} has verified yet")


def _wrong(event: EspEvent, *, frame: int = 0, at: int = 0, proof: int = 0) -> Outcome:
    return failed(
        expected=f"an ICV that verifies on SPI 0x{event.message.spi:08x}",
        observed=str(event.message.sealed),
        related=(proof,) if proof else (),
        frame=frame,
        at=at,
    )


def first_is_wrong(event: AnyEvent, context: Context) -> bool:
    """The ICV of the first packet of an SA does not match: it is not known yet whether the key is to blame."""
    return _mismatches(event) and context.flow is not None and context.flow.packets == 0


def verifies(wrong: AnyEvent, event: AnyEvent, context: Context) -> bool:
    """A packet of the same SA whose ICV matches: it is not."""
    same = (wrong.message.spi, wrong.destination.address) == (event.message.spi, event.destination.address)
    return same and event.message.opened is not None and event.message.opened.icv_ok is True


@prohibition(
    "RFC4303-02",
    opens=Kind.ESP,
    when=first_is_wrong,
    offence=Kind.ESP,
    closes=Kind.ESP,
    closing=verifies,
    sealed=True,
)
def key_that_turns_out_right(wrong: AnyEvent, event: AnyEvent, context: Context) -> Outcome:
    """A later packet of the same SA verifies: then the key was right and the first ICV wrong."""
    if not verifies(wrong, event, context):
        return PASSED
    return _wrong(wrong, frame=wrong.frame, at=wrong.at, proof=event.frame)


# Inside


@check("RFC4303-03", on=Kind.ESP)
def padding_or_next_header_that_does_not_fit(event: EspEvent, context: Context) -> Outcome:
    """A receiver may check the padding to find packets that were tampered with, and drops what its SA is not for."""
    opened = event.message.opened
    assert opened is not None
    fault: tuple[str, str] | None = None
    if not opened.padding_ok:
        shown = opened.padding[:8].hex(" ") + (" …" if len(opened.padding) > 8 else "")
        fault = (f"padding 1, 2, 3 … of {opened.pad_length} octets", f"padding {shown}")
    elif context.child is not None:
        fault = None if _is_mobility(opened) else _next_header_fault(opened.next_header, context.child)
    if fault is None:
        return PASSED
    if opened.icv_ok is None:
        return inconclusive(f"the ICV was not checked, so the key may be wrong ({fault[1]})")
    return failed(expected=fault[0], observed=fault[1])


def _is_mobility(opened: OpenedEsp) -> bool:
    """A Mobility Header, or an IPv6 packet with one at once: RFC4877-01 and RFC4877-02 say whether it is on its SA."""
    in_tunnel = opened.next_header == IPV6 and bytes(opened.payload[6:7]) == bytes([MOBILITY])
    return opened.next_header == MOBILITY or in_tunnel


def _next_header_fault(number: int, child: ChildSa) -> tuple[str, str] | None:
    allowed = _transport_protocols(child) if child.transport else _tunnel_protocols(child)
    if allowed is None or number in allowed or number == NO_NEXT_HEADER or number in _agreed(child):
        return None
    mode = "transport" if child.transport else "tunnel"
    shown = " or ".join(map(str, sorted(allowed)))
    return f"next header {shown} on this {mode} mode SA", f"next header {number}"


def _agreed(child: ChildSa) -> set[int]:
    told = child.response.message
    agreed = {ROHC} if told.notify(NotifyType.ROHC_SUPPORTED) else set[int]()
    return agreed | {IPCOMP} if told.notify(NotifyType.IPCOMP_SUPPORTED) else agreed


def _selectors(child: ChildSa) -> list[TrafficSelector]:
    return [s for ts in (child.ts_i, child.ts_r) if ts is not None for s in ts.selectors]


def _tunnel_protocols(child: ChildSa) -> set[int] | None:
    """The inner IP versions that the selectors have; ``None`` if it is not plainly a tunnel."""
    if child.response.message.notify(BEET_MODE):
        return None
    kinds = {s.type for s in _selectors(child)}
    return {number for number, kind in IP_NUMBERS.items() if kind in kinds} or {IPV4, IPV6}


def _transport_protocols(child: ChildSa) -> set[int] | None:
    """The protocols of the selectors; ``None`` if any is allowed. IPv6 extension headers may come first."""
    protocols = {s.protocol for s in _selectors(child)}
    return None if not protocols or 0 in protocols else protocols | set(EXTENSIONS)
