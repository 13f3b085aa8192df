"""What two strongSwan 5.9.8 daemons did to each other, cut down to the packets that matter (``strongswan/``)."""

from __future__ import annotations

from pathlib import Path

from edited_captures import analyzed, frames_of, saved

from analyzer.results import Results
from rules.model import Role
from rules.session import SaState

REAL = Path(__file__).parent / "strongswan"


def of_pair(name: str) -> Results:
    return analyzed(REAL / f"{name}.pcap", [REAL / f"{name}.keys"])


def base_failures(results: Results) -> list[str]:
    return [found.rule for found in results.failures if found.rule.startswith("RFC")]


def test_an_ike_sa_used_before_the_response_that_makes_it_is_one_of_its_session() -> None:
    """Both ends rekeyed at once: the UE's request on the new SA (frame 6) overtook its response (frame 7)."""
    results = of_pair("ike-rekey-overtaken")
    (session,) = results.sessions
    assert (results.counts.opened, results.counts.protected) == (11, 11)
    old, new = session.ike_sas
    assert (old.successor, new.parent, new.partial) == (new, old, False)
    assert [sa.state for sa in session.ike_sas] == [SaState.DELETED] * 2
    assert (new.initiator_role, str(session.ue), str(session.ha)) == (Role.HA, "10.77.0.10", "10.77.0.1")
    assert {child.ike_sa for child in new.children} == {new}
    # The messages with the IDs before 3 were cut away; the whole capture has no such failure.
    assert base_failures(results) == ["RFC7296-02"]


def test_half_an_exchange_that_rekeyed_tells_whose_the_new_ike_sa_is(tmp_path: Path) -> None:
    """The capture starts with the response: it names one SPI of the new SA, the request would have named the other."""
    frames = frames_of(REAL / "ike-rekey-overtaken.pcap")
    for name, cut in (("response", frames[6:]), ("request", [frames[4], *frames[7:]])):
        results = analyzed(saved(tmp_path / f"{name}.pcap", cut), [REAL / "ike-rekey-overtaken.keys"])
        assert len(results.sessions) == 1, name
        assert results.counts.opened == results.counts.protected == len(cut)
        assert base_failures(results) == []


def test_a_cookie_for_a_retransmission_and_another_responder_spi_stay_one_attempt() -> None:
    """The first answer (frame 4) was lost; the retransmission is asked for a COOKIE and gets another responder SPI."""
    results = of_pair("cookie-for-a-retransmission")
    (session,) = results.sessions
    assert (results.counts.opened, results.counts.protected) == (4, 4)
    (sa,) = session.ike_sas
    assert (sa.responder_spi.hex(), sa.state) == ("591c5d08fe1da2ec", SaState.DELETED)
    assert session.child_count == 1
    assert base_failures(results) == []


def test_a_ue_that_refuses_the_certificate_of_the_ha_has_no_ike_sa() -> None:
    """The UE trusts another CA: it says AUTHENTICATION_FAILED in an INFORMATIONAL exchange (frame 5)."""
    results = of_pair("certificate-refused")
    (session,) = results.sessions
    (sa,) = session.ike_sas
    assert (results.counts.opened, results.counts.protected) == (4, 4)
    assert (sa.state, sa.failed.frame if sa.failed else 0) == (SaState.FAILED, 5)
    assert base_failures(results) == []
