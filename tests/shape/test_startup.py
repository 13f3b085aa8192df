"""What a command imports: start-up stays fast, and heavy libraries wait until they are needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "attach-no-home-prefix"
HEAVY = ("pandas", "textual", "scapy", "pyshark", "rich", "typer", "numpy", "cryptography")
PROBE = """
import json, sys
sys.argv = ["dsmip", *json.loads(sys.argv[1])]
import analyzer.cli
status = 0
try:
    analyzer.cli.main()
except SystemExit as ended:
    status = ended.code
print("\\n" + json.dumps([status, sorted(m for m in sys.modules if "." not in m)]))
"""


def imported_by(*arguments: str) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(arguments)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    status, modules = json.loads(done.stdout.splitlines()[-1])
    return int(status or 0), set(modules)


def test_version_imports_nothing_heavy() -> None:
    status, modules = imported_by("--version")
    assert status == 0
    assert modules.isdisjoint(HEAVY)
    assert modules.isdisjoint({"dissectors", "rules", "samples"})


CAPTURE = (str(SAMPLE / "capture.pcap"), "--keys", str(SAMPLE / "keys"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("decode", *CAPTURE),
        ("analyze", *CAPTURE),
        ("rules",),
        ("explain", "RFC7296-01"),
        ("doctor",),
        ("keys", CAPTURE[2]),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_imports_only_what_it_needs(arguments: tuple[str, ...]) -> None:
    status, modules = imported_by(*arguments)
    assert status in (0, 1)
    assert modules.isdisjoint(("pandas", "textual", "scapy", "pyshark", "jinja2"))


def test_comparing_two_runs_needs_no_pandas(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("schema,rule,verdict,severity,ue,ha,frame,summary,expected,observed,fingerprint\r\n")
    status, modules = imported_by("diff", str(empty), str(empty))
    assert status == 0
    assert modules.isdisjoint(("pandas", "textual", "scapy", "pyshark", "jinja2"))


def test_the_csv_is_what_needs_pandas() -> None:
    """The probe can tell: otherwise the tests above would prove nothing."""
    _, modules = imported_by("analyze", *CAPTURE, "--csv", "-")
    assert "pandas" in modules
