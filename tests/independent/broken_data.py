"""Violations in what a UE does once it is registered: user data, refreshes, keepalives (clause 5.1.2.4)."""

from __future__ import annotations

from dataclasses import replace

from tests.independent.attach import attach
from tests.independent.compliant import HOME4
from tests.independent.courses import start
from tests.independent.moves import (
    ba,
    bu,
    data,
    noise,
    register,
    with_ra,
)  # fmt: skip
from tests.independent.run import Run, access4, access6, behind_nat, ue
from tests.independent.violations import (
    AT_HA,
    B,
    F,
    broken,
    course,
    without_option,
)  # fmt: skip
from tests.independent.wire import addr

# 5.1.2.4, what follows the acknowledgement


@course("UE-5.1.2.4-25", "wrong data", also="RFC3775-05")
def _(r: Run) -> None:
    """goes on after an acknowledgement with a strange number"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    bu(r, u)
    ba(r, u, sequence=777)
    data(r, u, tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-25", "wrong data", also="HA-5.1.2.2-22")
def _(r: Run) -> None:
    """goes on after an acknowledgement outside ESP"""
    u = ue(access4())
    attach(r, u)
    bu(r, u)
    ba(r, u, protected=False)
    data(r, u, tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-26", "wrong data")
def _(r: Run) -> None:
    """data before the acknowledgement"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    bu(r, u)
    data(r, u, n=1, way="ue", tag="wrong data")
    r.wait(1)
    ba(r, u)
    data(r, u)


@course("UE-5.1.2.4-26", "wrong data")
def _(r: Run) -> None:
    """data after the end"""
    u = start(r, behind_nat())
    bu(r, u, life=0)
    ba(r, u)
    r.wait(6)
    data(r, u, way="ue", tag="wrong data")
    r.wait(3)


@course("UE-5.1.2.4-26", "wrong data")
def _(r: Run) -> None:
    """data after the lifetime"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u, life=10)
    data(r, u)
    r.wait(50)
    data(r, u, way="ue", tag="wrong data")


@course("UE-5.1.2.4-26", "wrong data", also="UE-5.1.2.4-25")
def _(r: Run) -> None:
    """data after a refusal"""
    u = ue(behind_nat())
    attach(r, u)
    register(r, u, answer={"status": 130})
    r.wait(1)
    data(r, u, way="ue", tag="wrong data", encap="udp")


for number in (129, 130, 131, 132, 133, 140, 141, 142, 143):

    def _refused(r: Run, number: int = number) -> None:
        u = ue(access6() if number % 2 else behind_nat())
        if number % 2:
            with_ra(r, u)
        attach(r, u)
        register(r, u, answer={"status": number})
        r.wait(5)
        bu(r, u)
        ba(r, u, status=number)
        r.wait(2)

    _refused.__doc__ = f"status {number}"
    course("UE-5.1.2.4-28", "bu", nth=1)(_refused)


@course("UE-5.1.2.4-29", "ba")
def _(r: Run) -> None:
    """no other Home Agent after a refusal"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u, answer={"status": 131})
    r.wait(60)
    noise(r)


@course("UE-5.1.2.4-30", "wrong data")
def _(r: Run) -> None:
    """another IPv4 source"""
    u = start(r, access6())
    data(r, u, inner=4)
    data(r, u, inner=4, src=addr("10.64.0.200"), way="ue", tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-31", "wrong data", also="UE-5.1.2.4-33")
def _(r: Run) -> None:
    """IPv4 data though refused"""
    u = ue(behind_nat())
    attach(r, u)
    register(r, u, want4=True, answer={"ack4": 132})
    r.wait(3)
    data(r, u, inner=4, src=HOME4, way="ue", tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-34", "wrong data")
def _(r: Run) -> None:
    """IPv4 data though nothing was said of it"""
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    register(r, u)
    r.wait(3)
    data(r, u, inner=4, src=HOME4, way="ue", tag="wrong data")
    r.wait(1)


for number in (129, 132):

    def _again(r: Run, number: int = number) -> None:
        u = ue(behind_nat())
        attach(r, u)
        register(r, u, want4=True, answer={"ack4": number})
        r.wait(3)
        register(r, u, want4=True, answer={"ack4": number})
        r.wait(1)

    _again.__doc__ = f"asks again after {number}"
    course("UE-5.1.2.4-32", "bu", nth=1)(_again)

for number in (128, 130, 131, 133):

    def _not_again(r: Run, number: int = number) -> None:
        u = ue(access4())
        attach(r, u)
        register(r, u, want4=True, answer={"ack4": number})
        data(r, u)
        r.wait(60)
        noise(r)

    _not_again.__doc__ = f"does not ask again after {number}"
    course("UE-5.1.2.4-33", "ba")(_not_again)

broken(
    "HA-5.1.2.4-35",
    "ba",
    F,
    ba=lambda x: replace(x, options=[(29 if k == 30 else k, b) for k, b in x.options]),
    also="RFC5555-01 UE-5.1.2.4-34",
)
broken("HA-5.1.3.2-06", "ba", F, B, ba=without_option(30), also="UE-5.1.2.4-34")


@course("UE-5.1.2.4-38", "wrong data")
def _(r: Run) -> None:
    """data in UDP over IPv6"""
    u = start(r, access6())
    data(r, u, n=1)
    data(r, u, n=1, way="ue", encap="udp", tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-39", "wrong data", **AT_HA)
def _(r: Run) -> None:
    """data outside UDP behind a NAT"""
    u = start(r, behind_nat())
    data(r, u, n=1)
    r.wait(3)
    data(r, u, n=1, way="ue", encap="v4", tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.4-40", "wrong data", **AT_HA)
def _(r: Run) -> None:
    """data in UDP without a NAT"""
    u = start(r, access4())
    data(r, u, n=1)
    r.wait(3)
    data(r, u, n=1, way="ue", encap="udp", tag="wrong data")
    r.wait(1)
