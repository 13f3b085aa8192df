"""What a rule says that it needs (``holding``) only spares work: it never keeps a rule from a message it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.capture.source import CaptureSource
from analyzer.decoder import Decoder
from analyzer.keys import load_keys
from analyzer.pipeline import Run
from dissectors.events import Malformed
from dissectors.ikev2.contents import Contents, marks_of
from dissectors.ikev2.messages import IkeMessage, MalformedPayload, Nonce, Notify
from dissectors.ikev2.registry import NotifyType, PayloadType
from rules.kinds import kind_of
from rules.ledger import load_rules
from rules.plans import MOST_NARROWED, Plan, plans_of
from rules.profile import Profile
from rules.registry import RULES, AnyEvent, Guard
from rules.session import Context
from rules.tally import Tallies

SAMPLES = sorted(path.parent for path in Path("samples").glob("*/capture.pcap"))


def _narrowed_away(plan: Plan, message: IkeMessage) -> list[tuple[str, Guard]]:
    """The guards that a message's contents spare: rule, guard."""
    left = plan.narrowed(message.contents.marks)
    checks = [(rule.id, rule.when) for rule in plan.checks if rule not in left.checks]
    debts = [(owed.rule.id, owed.rule.when) for owed in plan.debts if owed not in left.debts]
    return checks + debts + [(ban.rule.id, ban.rule.when) for ban in plan.bans if ban not in left.bans]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_no_rule_is_spared_whose_guard_would_have_held(sample: Path) -> None:
    load_rules()
    plans = plans_of(RULES, Profile(), Tallies(RULES))
    spared = 0

    def held_after_all(event: AnyEvent, context: Context) -> None:
        nonlocal spared
        if not isinstance(event.message, IkeMessage) or event.message.sealed is not None:
            return
        for rule, guard in _narrowed_away(plans[kind_of(event)], event.message):
            spared += 1
            assert not guard(event, context), rule

    with CaptureSource([sample / "capture.pcap"]) as source:
        run = Run(source, load_keys([sample / "keys"]), judge=False)
        run.decoder = Decoder(run.material, run.world, held_after_all)
        assert sum(1 for _ in run.packets()) > 5
    assert spared > 20


def test_marks_tell_payloads_notifications_and_what_could_not_be_read() -> None:
    cut = MalformedPayload(PayloadType.NOTIFY, bytes.fromhex("01090001"), Malformed("SPI leaves the payload", 1))
    cookie = Notify(0, b"", NotifyType.COOKIE, b"c")
    contents = Contents((Nonce(b"n" * 16), cookie, cut))
    assert contents.types == {PayloadType.NONCE, PayloadType.NOTIFY}
    assert contents.marks & marks_of(PayloadType.NONCE)
    assert contents.marks & marks_of(NotifyType.COOKIE)
    assert contents.marks & marks_of(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD)
    assert not contents.marks & marks_of(NotifyType.REDIRECT, PayloadType.EAP)


def test_the_first_of_two_notifications_of_one_type_is_the_one_given() -> None:
    first, second = Notify(0, b"", 16390, b"1"), Notify(0, b"", 16390, b"2")
    message = IkeMessage(bytes(8), bytes(8), 41, 0x20, 34, 8, 0, 28, (first,), (second,))
    assert message.notify(16390) is first
    assert list(message.each(Notify)) == [first, second]


def test_a_plan_keeps_no_more_than_so_many_sets_of_contents() -> None:
    plan = Plan()
    for marks in range(3 * MOST_NARROWED):
        plan.narrowed(marks)
    assert len(plan._narrowed) <= MOST_NARROWED
