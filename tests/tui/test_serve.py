"""``dsmip serve``: what it refuses, and a page that shows a capture."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tui_driver import FAULTS

import analyzer.cli.serve
from analyzer.cli.app import run
from analyzer.cli.serve import is_loopback

ROOT = FAULTS.parents[1]
SOON = 40.0


def test_without_the_extra_one_sentence_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyzer.cli.serve, "find_spec", lambda name: None)
    assert run(["serve", str(FAULTS / "capture.pcap")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "pip install dsmip-analyzer[serve]" in said


def test_what_would_fail_in_the_page_is_told_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for arguments, word in (
        ([], "no capture given"),
        ([str(tmp_path / "no.pcap")], "does not exist"),
        (["-"], "name a file"),
        ([str(FAULTS / "capture.pcap"), "--keys", str(tmp_path / "no")], "key file"),
        ([str(FAULTS / "capture.pcap"), "-i", "lo"], "exclude each other"),
    ):
        assert run(["serve", *arguments]) == 2
        assert word in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.9.9.9", True), ("0.0.0.0", False), ("::", False),
     ("192.0.2.1", False), ("lab.example", False)],
)  # fmt: skip
def test_only_loopback_addresses_pass_without_a_warning(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_another_address_than_loopback_is_warned_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = pytest.importorskip("analyzer.serving")
    asked: list[tuple[str, str, int]] = []
    monkeypatch.setattr(serving, "serve_forever", lambda *args: asked.append(args))
    assert run(["serve", str(FAULTS / "capture.pcap"), "--host", "0.0.0.0"]) == 0
    assert "can be reached from other machines" in capsys.readouterr().err
    assert run(["serve", str(FAULTS / "capture.pcap")]) == 0
    assert "warning" not in capsys.readouterr().err
    assert [one[1:] for one in asked] == [("0.0.0.0", 8000), ("127.0.0.1", 8000)]


@pytest.mark.parametrize(
    ("host", "origin", "served", "answer"),
    [
        ("127.0.0.1:8000", None, "127.0.0.1", True),
        ("localhost:8000", "http://localhost:8000", "127.0.0.1", True),
        ("127.0.0.1:8000", "http://evil.example", "127.0.0.1", False),
        ("127.0.0.1:8000", "http://127.0.0.1:9000", "127.0.0.1", False),
        ("evil.example:8000", None, "127.0.0.1", False),
        ("evil.example:8000", "http://evil.example:8000", "127.0.0.1", False),
        ("lab.example:8000", "http://lab.example:8000", "0.0.0.0", True),
        ("lab.example:8000", "http://evil.example", "0.0.0.0", False),
        ("lab.example:8000", "null", "0.0.0.0", False),
        ("[::1]:8000", "http://[::1]:8000", "::1", True),
        ("[", None, "127.0.0.1", False),
    ],
)
def test_pages_of_other_sites_get_no_answer(host: str, origin: str | None, served: str, answer: bool) -> None:
    serving = pytest.importorskip("analyzer.serving")
    assert serving.allowed(host, origin, served) is answer


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    pytest.importorskip("textual_serve")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    arguments = ["serve", str(FAULTS / "capture.pcap"), "--keys", str(FAULTS / "keys"), "--port", str(free)]
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "analyzer", *arguments], cwd=ROOT, env=environ, stderr=subprocess.DEVNULL
    )
    yield free
    process.send_signal(signal.SIGINT)
    assert process.wait(SOON) == 0


@pytest.mark.alone
def test_a_page_shows_the_capture_and_another_site_gets_none(port: int) -> None:
    import aiohttp

    url = f"http://127.0.0.1:{port}"

    async def play() -> None:
        async with aiohttp.ClientSession() as session:
            end = time.monotonic() + SOON
            while True:
                try:
                    page = await session.get(url)
                    break
                except aiohttp.ClientConnectionError:
                    assert time.monotonic() < end
                    await asyncio.sleep(0.1)
            assert "'self'" in page.headers["Content-Security-Policy"]
            assert f"ws://127.0.0.1:{port}/ws" in await page.text()
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(f"{url}/ws", headers={"Origin": "http://evil.example"})
            socket = await session.ws_connect(f"{url}/ws?width=100&height=30", headers={"Origin": url})
            seen = b""
            while "✖".encode() not in seen or b"IKEv2" not in seen:
                message = await socket.receive(timeout=SOON)
                assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)
                seen += message.data if isinstance(message.data, bytes) else b""
            await socket.close()

    asyncio.run(play())
