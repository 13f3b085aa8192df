"""tshark on a scenario, with a configuration folder of its own that holds the scenario's key tables."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Rows = list[list[str]]
Fields = Callable[..., Rows]

OPTIONS = (
    "esp.enable_encryption_decode:TRUE",
    "esp.enable_authentication_check:TRUE",
    "esp.enable_null_encryption_decode_heuristic:FALSE",
    "udp.check_checksum:TRUE",
    "ip.check_checksum:TRUE",
)


@pytest.fixture(scope="session")
def tshark() -> str:
    path = shutil.which("tshark")
    if not path:
        pytest.skip("tshark is not installed")
    return path


@pytest.fixture
def tshark_fields(tshark: str, tmp_path: Path) -> Fields:
    """Call with capture, folder of key tables, display filter and fields; gives a row per frame."""

    def run(capture: Path, keys: Path, display_filter: str, *fields: str) -> Rows:
        config = tmp_path / "wireshark"
        shutil.copytree(keys, config, dirs_exist_ok=True)
        # tshark 4.0 does not know port 4191; its IP dissector tells IPv4 from IPv6 by itself.
        command = [tshark, "-r", str(capture), "-d", "udp.port==4191,ip", "-Y", display_filter, "-T", "fields"]
        command += [part for option in OPTIONS for part in ("-o", option)]
        command += [part for field in fields for part in ("-e", field)]
        environment = {**os.environ, "WIRESHARK_CONFIG_DIR": str(config)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return [line.split("\t") for line in done.stdout.splitlines()]

    return run
