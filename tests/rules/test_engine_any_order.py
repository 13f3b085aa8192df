"""Messages in any order, complete or not: every rule there is must stand it, and the books must balance."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.ladder import play
from rules.model import Verdict

NAMES = ("IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL", "EXCHANGE_43")
PAYLOADS = (
    "SA",
    "SA(IKE)",
    "SA(ESP NULL -INTEG)",
    "KE",
    "Ni",
    "Nr(15)",
    "IDi",
    "IDi(FQDN)=x",
    "IDr=internet",
    "IDr=-",
    "CERT",
    "AUTH",
    "AUTH(200)",
    "N(REDIRECT=HA2)",
    "N(REDIRECT=0x01)",
    "N(REDIRECTED_FROM=HA)",
    "N(COOKIE)",
    "N(ANOTHER_AUTH_FOLLOWS)",
    "N(MULTIPLE_AUTH_SUPPORTED)",
    "N(IFOM_CAPABILITY spi=0x01)",
    "N(PDN_IDENTIFIER)",
    "N(PDN_IDENTIFIER=0x01)",
    "N(AUTHENTICATION_FAILED)",
    "N(INVALID_KE_PAYLOAD)",
    "N(UNSUPPORTED_CRITICAL_PAYLOAD)",
    "N(REKEY_SA=0x1001)",
    "N(REKEY_SA)",
    "D(IKE)",
    "D(ESP 0x1001)",
    "!P200",
    "!V",
    "BAD(SA)",
    "BAD(KE)",
    "BAD(Ni)",
    "TSi(HoA 135 BU)",
    "TSr",
    "CP(REQUEST)",
    "CP(REQUEST MIP6_HOME_PREFIX=0x00 INTERNAL_IP6_DNS)",
    "CP(REPLY MIP6_HOME_PREFIX=2001:db8:1:2::/64 lifetime=0)",
    "CP(REPLY MIP6_HOME_PREFIX=0x00)",
    "EAP(Request/Identity)",
    "EAP(Response/Identity=x)",
    "EAP(Response/Identity=0@)",
    "EAP(Request/AKA-Challenge)",
    "EAP(Response/AKA-Challenge AT_RES)",
    "EAP(Request/AKA-99)",
    "EAP(Request/MSCHAPV2)",
    "EAP(Success)",
    "EAP(Failure)",
)
ways = st.sampled_from(["UE -> HA", "HA -> UE", "UE -> HA2", "HA2 -> UE", "UE2 -> HA", "HA -> UE2"])
brackets = st.lists(st.sampled_from(PAYLOADS), max_size=6).map(lambda tokens: f"[{' '.join(tokens)}]")
marks = st.sampled_from(["", "", "", " sealed", " sealed=ICV_MISMATCH", " cut", " spi_i=0x0", " spi_r=0x0"])
ike = st.builds(
    "{} {} {} {} {}{}".format,
    ways,
    st.sampled_from(NAMES),
    st.sampled_from(["request", "response"]),
    st.integers(0, 9),
    st.one_of(st.just(""), brackets),
    marks,
)
esp = st.builds(
    "{} ESP spi={} seq={}{}".format,
    ways,
    st.sampled_from(["0x1001", "0x2001", "0x99"]),
    st.integers(0, 300),
    st.sampled_from(["", " icv=bad", " icv=none padding=bad next=58", " sealed"]),
)
lines = st.lists(st.one_of(ike, ike, ike, esp, st.just("repeat"), st.just("ATTACH")), min_size=1, max_size=25)
gaps = st.lists(st.sampled_from([0.01, 1, 40]), min_size=30, max_size=30)


def ladder(steps: list[str], waits: list[float]) -> str:
    at, shown = 0.0, ["    0.0 UE -> HA IKE_SA_INIT request"]
    for step, wait in zip(steps, waits, strict=False):
        at += wait + 1
        shown.append(f"    {at:.2f} {step}")
    return "\n".join([*shown, f"    {at + 100:.2f} END"]) + "\n"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines, gaps)
def test_no_order_of_messages_crashes_a_rule_and_the_books_balance(steps: list[str], waits: list[float]) -> None:
    played = play(ladder(steps, waits))
    assert [f.reason for f in played.findings if "crashed" in f.reason] == []
    told: Counter[tuple[int, str, Verdict]] = Counter()
    for finding in played.findings:
        told[finding.session, finding.rule, finding.verdict] += finding.count
    for (session, rule), counts in played.engine.tally.items():
        assert counts.get(Verdict.FAIL, 0) == told[session, rule, Verdict.FAIL]
        assert counts.get(Verdict.INCONCLUSIVE, 0) == told[session, rule, Verdict.INCONCLUSIVE]
        assert set(counts) != {Verdict.NOT_APPLICABLE} or not told[session, rule, Verdict.FAIL]
