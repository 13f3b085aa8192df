"""The machines on real traffic: none of it may surprise them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.capture.source import CaptureSource
from analyzer.keys import load_keys
from analyzer.pipeline import Run
from rules.machines.ha import HaState
from rules.machines.ue import UeState
from rules.model import Role


def replay(path: Path, keys: list[Path]) -> Run:
    with CaptureSource([path]) as source:
        run = Run(source, load_keys(keys) if keys else None)
        for _ in run.packets():
            pass
        run.results()
    return run


@pytest.mark.parametrize(
    ("name", "with_keys"),
    [
        ("strongswan-ipv4/capture.pcapng", True),
        ("strongswan-ipv4/capture.pcapng", False),
        ("wireshark/ikev2-decrypt-aes256gcm16.pcap", True),
        ("wireshark/ikev2-decrypt-aes128ccm12.pcap", True),
        ("tcpdump/ikev2four.pcap", False),
        ("ikev2-other/both-ends-start.pcap", False),
    ],
)
def test_real_traffic_surprises_no_machine(captures: Path, name: str, with_keys: bool) -> None:
    path = captures / name
    keys = [path.parent / "ikev2_decryption_table"] if with_keys else []
    run = replay(path, keys)
    assert run.engine is not None
    assert [f for f in run.engine.findings if f.rule.startswith("X-MACHINE")] == []
    assert run.world.sessions


def test_the_strongswan_session_is_followed_over_its_rekeys_to_its_end(captures: Path) -> None:
    folder = captures / "strongswan-ipv4"
    run = replay(folder / "capture.pcapng", [folder / "ikev2_decryption_table", folder / "charon.log"])
    assert run.engine is not None
    machines = run.engine.machines_of(1)
    assert machines is not None
    assert (machines.ue, machines.ha) == (UeState.CLOSED, HaState.CLOSED)
    assert UeState.ESTABLISHED in machines.states(Role.UE)
    assert {reached.frame for reached in machines.reached if reached.state is UeState.CLOSED} == {38, 40}
