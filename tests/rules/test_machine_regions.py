"""The regions beside the machines, held against the records of bindings: told from messages alone, they must agree."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dissectors.mobility.messages import BindingAck
from rules.history import observe
from rules.ladder import play
from rules.machines.regions import Bound, FlowBindings, Nat, Registered
from rules.session import Context

UPDATES = (
    "",
    "with IP4HOA",
    "via=ipv6",
    "via=nat with IP4HOA",
    "via=ipv4",
    "life=20",
    "with BID(1 pri=5)",
    "flags=AHKRO with BID(1 pri=5) FID(1 pri=5 bids=1 ports=80)",
    "via=nat with BID(2 pri=6) FIDS(1)",
    "via=ipv6 with BID(2 pri=6) FID(2 pri=6 bids=2 ports=443)",
    "life=0",
    "life=0 with BID(1)",
    "life=0 with BID(2)",
)
ANSWERS = ("", "", "", "status=130", "with IP4ACK(132)")
steps = st.lists(st.tuples(st.sampled_from(UPDATES), st.sampled_from(ANSWERS)), min_size=1, max_size=8)
waits = st.lists(st.sampled_from([1, 5, 30, 4000]), min_size=8, max_size=8)


def by_records(context: Context, at: int) -> tuple[Bound, bool, bool]:
    """What is bound, whether behind a NAT, and whether there are flows."""
    home = context.home
    alive = home.alive(at) if home is not None else []
    if home is None or not alive:
        return Bound.NONE, False, False
    per_bid, dual = any(b.binding_id for b in alive), home.ipv4_home_address is not None
    kind = {(False, False): Bound.V6, (True, False): Bound.DUAL, (False, True): Bound.V6_BIDS}
    bound = kind.get((dual, per_bid), Bound.DUAL_BIDS)
    return bound, any(b.has_nat for b in alive), any(flow.is_registered for flow in home.flows.values())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example([(UPDATES[7], ""), (UPDATES[8], "")], [1, 4000])  # a flow is listed that went with its binding
@given(steps, waits)
def test_what_the_machines_hold_is_what_the_records_hold(exchanges: list[tuple[str, str]], pauses: list[int]) -> None:
    at, lines = 1.0, ["    0.0 ATTACH"]
    for (update, answer), pause in zip(exchanges, pauses, strict=False):
        at += pause
        lines += [f"    {at:.1f} UE -> HA BU {update}", f"    {at + 0.1:.1f} HA -> UE BA {answer}"]
    held: list[Any] = []

    def compared(event: Any, context: Context) -> None:
        observe(event, context)
        message = getattr(event.message, "message", None)
        if isinstance(message, BindingAck) and not message.is_refusal:
            held.append((context, by_records(context, event.at), event.frame))

    with patch("rules.ladder.play.observe", compared):
        played = play("\n".join(lines) + "\n", {})
    machines = played.engine.machines_of(1)
    assert machines is not None
    for _, (bound, has_nat, has_flows), frame in held:
        reached = [e for e in machines.reached if e.frame <= frame and e.role.value == "HA"][-1]
        got, nat, flows = reached.beside
        assert (got, nat is Nat.BEHIND, flows is FlowBindings.INSTALLED) == (bound, has_nat, has_flows), lines
        (registered,) = [e for e in machines.reached if e.frame <= frame and e.role.value == "UE"][-1].beside
        assert list(Registered).index(registered) == list(Bound).index(bound)
