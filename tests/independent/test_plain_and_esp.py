"""What an IPsec host's capture shows: a Mobility Header before its encryption, and then in ESP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.independent.attach import attach
from tests.independent.courses import finish
from tests.independent.judge import judged, said
from tests.independent.moves import ba, bu, data, packet_of, with_ra
from tests.independent.run import Run, access6, ue

MILLISECOND = 0.001


def registered(ahead: float, *, esp: bool = True) -> Run:
    """A registration of which both messages are captured in clear as well, so many seconds before their ESP form."""
    r = Run(7)
    u = ue(access6())
    with_ra(r, u)
    attach(r, u)
    r.wait(1)
    for make, sender in ((bu, "ue"), (ba, "ha")):
        start = r.now
        clear = replace(make(r, u), protected=False)
        if not esp:
            r.sent.pop()
        r.put(packet_of(r, u, clear, sender), "clear copy", at=start - ahead)
        r.wait(0.5)
    data(r, u)
    finish(r, u)
    return r


@pytest.mark.parametrize("ahead", [MILLISECOND, 60 * MILLISECOND, -MILLISECOND])
def test_a_message_in_clear_and_in_esp_at_once_is_one_that_was_protected(ahead: float) -> None:
    results = judged(registered(ahead))
    assert said(results) == []
    assert results.counts.copies == 2
    assert results.verdicts[1, "UE-5.1.2.2-21"].value == "pass"
    assert results.verdicts[1, "HA-5.1.2.2-22"].value == "pass"


@pytest.mark.parametrize(("ahead", "esp"), [(MILLISECOND, False), (0.3, True)])
def test_a_message_in_clear_that_esp_does_not_follow_at_once_was_not_protected(ahead: float, esp: bool) -> None:
    results = judged(registered(ahead, esp=esp))
    failed = {f.rule: f.frame for f in results.failures}
    assert {"UE-5.1.2.2-21", "HA-5.1.2.2-22"} <= set(failed)
    frames = [n for n, sent in enumerate(registered(ahead, esp=esp).ordered(), 1) if sent.tag == "clear copy"]
    assert [failed["UE-5.1.2.2-21"], failed["HA-5.1.2.2-22"]] == frames
