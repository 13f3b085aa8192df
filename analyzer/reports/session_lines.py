"""A session in short lines: its SAs, and the way its machines went."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.describe import name_of
from dissectors.ikev2.messages import Proposal
from dissectors.ikev2.registry import EncryptionId, IntegrityId, TransformType
from rules.machines.ha import HaState
from rules.machines.ue import UeState
from rules.session import ChildSa, IkeSa

MILESTONES = frozenset(
    state.value
    for state in (
        *(UeState.DISCOVERING, UeState.ESTABLISHED, UeState.CONFIGURED, UeState.AT_HOME, UeState.REGISTERED),
        *(UeState.UNBOUND, UeState.REDIRECTED, UeState.REFUSED, UeState.CLOSED, UeState.UNSEEN),
        *(HaState.ESTABLISHED, HaState.SERVING, HaState.BOUND, HaState.UNBOUND, HaState.REDIRECTED),
        *(HaState.REFUSED, HaState.CLOSED, HaState.UNSEEN),
    )
)
MOST_MILESTONES = 6


def journey(states: Sequence[str]) -> str:
    """What a machine came to, and where it stands now; the steps between are left out."""
    shown = [state for n, state in enumerate(states) if _is_milestone(state) or n == len(states) - 1]
    shown = [state for n, state in enumerate(shown) if not n or shown[n - 1] != state]
    if len(shown) > MOST_MILESTONES:
        shown = [shown[0], "…", *shown[2 - MOST_MILESTONES :]]
    return " → ".join(shown)


def _is_milestone(state: str) -> bool:
    """What is registered stands behind a state in brackets."""
    return state.partition(" (")[0] in MILESTONES


def sa_line(sa: IkeSa) -> str:
    """SPIs, algorithms and what became of the IKE SA."""
    ends = f"{sa.initiator_spi.hex()}/{sa.responder_spi.hex()}"
    chosen = f"  {algorithms(sa.proposal)}" if sa.proposal else ""
    ended = f" in frame {sa.delete.frame}" if sa.delete is not None and sa.state.value == "deleted" else ""
    return f"{ends}{chosen}  {sa.state.value}{ended}"


def child_line(child: ChildSa) -> str:
    """SPIs, algorithms and mode of a CHILD SA."""
    mode = "transport" if child.transport else "tunnel"
    ended = f", deleted in frame {child.deleted.frame}" if child.deleted else ""
    return f"0x{child.spi_i:08x}/0x{child.spi_r:08x}  {algorithms(child.proposal)}  {mode} mode{ended}"


def algorithms(proposal: Proposal) -> str:
    """``AES_CBC-128/HMAC_SHA2_256_128``."""
    names = []
    for kind, registry in ((TransformType.ENCR, EncryptionId), (TransformType.INTEG, IntegrityId)):
        for transform in proposal.of(kind):
            size = f"-{transform.key_length}" if transform.key_length else ""
            names.append(name_of(transform.id, registry) + size)
    return "/".join(names)
