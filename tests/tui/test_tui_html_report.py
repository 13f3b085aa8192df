"""The HTML report as the screens write it, from what they keep and not from a run of its own."""

from __future__ import annotations

import io

from tui_driver import FAULTS

from analyzer.tui.exports import EXPORTS, Job
from analyzer.tui.follow import Follow


def test_user_data_to_blame_has_its_arrow() -> None:
    """In the story frame 14 goes ahead of the acknowledgement: one packet of 106 bytes, IPv6 in IPv4."""
    follow = Follow([FAULTS / "capture.pcap"], [FAULTS / "keys"])
    follow.start()
    follow.wait()
    page, (export,) = io.StringIO(), [export for export in EXPORTS if export.letter == "h"]
    export.write(Job(follow, None, lambda _: None), page)
    assert "user data: 1 packet, 106 bytes IPv6 in IPv4, frame 14" in page.getvalue()
