"""Two real IKEv2 daemons negotiate while ``dsmip live`` looks on, with the log of one of them as keys."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from charon_pair import CharonPair, why_not
from test_headless import DSMIP, has_begun, live, violations
from wire import Wire, eventually

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("dumpcap")]


@pytest.fixture
def pair(wire: Wire, tmp_path: Path) -> Iterator[CharonPair]:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    made = CharonPair(wire, tmp_path / "pair")
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_a_real_negotiation_is_judged_live_as_it_is_offline(wire: Wire, tmp_path: Path, pair: CharonPair) -> None:
    saved, live_csv, offline_csv = tmp_path / "saved.pcapng", tmp_path / "live.csv", tmp_path / "offline.csv"
    with live(wire, "--keys", pair.key_log, "-w", saved, "--csv", live_csv) as process:
        has_begun(saved)
        pair.swanctl(pair.ue, "--initiate", "--child", "home", "--ike", "s2c")
        with wire.inside(wire.near):
            ping(5)
        pair.swanctl(pair.ue, "--rekey", "--child", "home")
        pair.swanctl(pair.ue, "--rekey", "--ike", "s2c")
        with wire.inside(wire.near):
            ping(5)
        eventually(lambda: b"UE-5.1.2.2-08" in live_csv.read_bytes(), "EAP-MD5 where EAP-AKA is required, live")
        pair.swanctl(pair.ue, "--terminate", "--ike", "s2c")
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 1, errors
    subprocess.run(
        [*DSMIP, "analyze", saved, "--keys", pair.key_log, "--csv", offline_csv, "-q"], check=False, timeout=60
    )
    assert violations(live_csv) == violations(offline_csv) != {}
    [opened] = [line for line in out.splitlines() if "protected packets opened" in line]
    count, _, total = opened.split(";")[1].split()[:3]
    assert count == total, opened


def ping(count: int) -> None:
    """User data through the tunnel, from the Home Address; nothing has to answer."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(count):
            sender.sendto(b"through the tunnel", ("10.88.0.1", 9))
