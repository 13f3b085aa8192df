"""A progress bar on the terminal, on standard error, so that output can be piped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from analyzer.capture.source import CaptureSource


@contextmanager
def bar(source: CaptureSource) -> Iterator[Callable[[], None]]:
    """Shows how much of the captures was read; call what it yields to move it."""
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=source.bytes_total)
        yield lambda: progress.update(task, completed=source.bytes_read)
