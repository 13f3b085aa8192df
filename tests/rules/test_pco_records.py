"""What is remembered of PDN connections in 3GPP accesses: copies are one request, answers and releases find theirs."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest

from dissectors.events import Endpoint, Event
from dissectors.pco import Container, ContainerId, HomeNetworkPrefix, ProtocolConfigurationOptions
from dissectors.pco_carriers import CarrierMessage, EmmMessage, EsmMessage, Gtpv2Message, PcoMessage
from rules.pco import COPY_WINDOW, MOST_EACH, PcoRecords, imsi_of
from rules.session import Session, World

END = Endpoint(IPv4Address("198.51.100.1"))
IMSI, OTHER_IMSI = "001010123456789", "001010123456780"
ASKED = ProtocolConfigurationOptions(True, (Container(ContainerId.HOME_NETWORK_PREFIX),))
PREFIX = HomeNetworkPrefix(IPv6Address("2001:db8:1:2::"), 64)
GIVEN = ProtocolConfigurationOptions(False, (Container(ContainerId.HOME_NETWORK_PREFIX, value=PREFIX),))
IN_PREFIX, OUTSIDE = IPv6Address("2001:db8:1:2::10"), IPv6Address("2001:db8:1:3::10")
S11 = ("GTPv2-C", "S11", 1)


def event(kind: CarrierMessage, at: int = 0, **facts: object) -> Event[PcoMessage]:
    message = replace(PcoMessage(kind, ASKED, IMSI, "internet", transaction=S11), **facts)  # type: ignore[arg-type]
    return Event(1, at, END, END, message)


def noted(*events: Event[PcoMessage]) -> PcoRecords:
    records = PcoRecords()
    for one in events:
        records.note(one)
    return records


REQUEST = event(Gtpv2Message.CREATE_SESSION_REQUEST)
ANSWER = event(Gtpv2Message.CREATE_SESSION_RESPONSE, 1, pco=GIVEN)


@pytest.mark.parametrize(
    ("nai", "imsi"),
    [
        (f"0{IMSI}@nai.epc.mnc001.mcc001.3gppnetwork.org", IMSI),
        (f"6{IMSI}@nai.epc.mnc001.mcc001.3gppnetwork.org", IMSI),
        (f"home.example!0{IMSI}@visited.example", IMSI),
        ("2a9c17@nai.epc.mnc001.mcc001.3gppnetwork.org", None),
        (f"4{IMSI}@nai.epc.mnc001.mcc001.3gppnetwork.org", None),
        (f"0{IMSI}", None),
        ("", None),
    ],
)
def test_a_nai_may_name_the_imsi(nai: str, imsi: str | None) -> None:
    assert imsi_of(nai) == imsi


def test_the_same_request_on_its_way_is_one_connection() -> None:
    nas = event(EsmMessage.PDN_CONNECTIVITY_REQUEST, transaction=("NAS", 7))
    s5 = event(Gtpv2Message.CREATE_SESSION_REQUEST, COPY_WINDOW, transaction=("GTPv2-C", "S5", 9))
    records = noted(nas, REQUEST, s5)
    (connection,) = records.of_imsi(IMSI)
    assert connection.requests == [nas]
    assert connection.asked_prefix is nas


@pytest.mark.parametrize(
    "other",
    [
        event(Gtpv2Message.CREATE_SESSION_REQUEST, COPY_WINDOW + 1, transaction=("later",)),
        event(Gtpv2Message.CREATE_SESSION_REQUEST, apn="ims", transaction=("other APN",)),
    ],
    ids=["much later", "another APN"],
)
def test_another_request_is_another_connection(other: Event[PcoMessage]) -> None:
    assert len(noted(REQUEST, other).of_imsi(IMSI)) == 2


def test_a_request_of_another_ue_is_its_own() -> None:
    records = noted(REQUEST, event(Gtpv2Message.CREATE_SESSION_REQUEST, imsi=OTHER_IMSI, transaction=("other",)))
    assert len(records.of_imsi(IMSI)) == len(records.of_imsi(OTHER_IMSI)) == 1


def test_an_answer_to_a_copy_is_the_connections_and_the_first_counts() -> None:
    copy = event(Gtpv2Message.CREATE_SESSION_REQUEST, transaction=("S5",))
    first = event(Gtpv2Message.CREATE_SESSION_RESPONSE, pco=GIVEN, transaction=("S5",))
    records = noted(REQUEST, copy, first, ANSWER)
    (connection,) = records.of_imsi(IMSI)
    assert connection.answer is first
    assert connection.prefix == PREFIX
    assert list(records.holding(IN_PREFIX)) == [connection]
    assert list(records.holding(OUTSIDE)) == []
    assert list(records.holding(IPv4Address("192.0.2.1"))) == []


def test_what_a_ue_keeps_back_until_it_is_ciphered_is_the_same_connection() -> None:
    kept_back = ProtocolConfigurationOptions(True, (Container(ContainerId.IFOM_SUPPORT),))
    nas = event(EsmMessage.PDN_CONNECTIVITY_REQUEST)
    records = noted(nas, event(EsmMessage.ESM_INFORMATION_RESPONSE, pco=kept_back))
    (connection,) = records.of_imsi(IMSI)
    assert connection.asks(ContainerId.IFOM_SUPPORT)
    assert connection.asks(ContainerId.HOME_NETWORK_PREFIX)


def test_an_answer_without_its_request_is_a_connection_too() -> None:
    (connection,) = noted(ANSWER).of_imsi(IMSI)
    assert (connection.requests, connection.asked_prefix) == ([], None)
    assert connection.prefix == PREFIX


def test_a_rejection_gives_nothing() -> None:
    records = noted(REQUEST, event(EsmMessage.PDN_CONNECTIVITY_REJECT, pco=GIVEN))
    assert records.of_imsi(IMSI)[0].answer is None
    assert list(records.holding(IN_PREFIX)) == []


def test_a_detach_releases_every_connection_and_a_deleted_session_its_own() -> None:
    ims = event(Gtpv2Message.CREATE_SESSION_REQUEST, apn="ims", transaction=("ims",))
    deleted = event(Gtpv2Message.DELETE_SESSION_REQUEST, 5, pco=None, transaction=("delete",))
    internet, other = noted(REQUEST, ims, deleted).of_imsi(IMSI)
    assert (internet.released, other.released) == (deleted, None)
    detach = event(EmmMessage.DETACH_REQUEST, 5, pco=None, apn=None)
    assert [c.released for c in noted(REQUEST, ims, detach).of_imsi(IMSI)] == [detach, detach]
    unknown = event(EmmMessage.DETACH_REQUEST, 5, pco=None, apn=None, imsi=None)
    assert [c.released for c in noted(REQUEST, unknown).of_imsi(IMSI)] == [None]


def test_a_bearer_message_sets_up_no_connection() -> None:
    assert noted(event(Gtpv2Message.BEARER_RESOURCE_COMMAND)).of_imsi(IMSI) == []


def test_a_ue_that_attaches_again_and_again_stays_bounded() -> None:
    far = [event(Gtpv2Message.CREATE_SESSION_REQUEST, n * 2 * COPY_WINDOW, transaction=(n,)) for n in range(100)]
    kept = noted(*far).of_imsi(IMSI)
    assert [connection.requests[0] for connection in kept] == far[-MOST_EACH:]


def test_messages_find_the_sessions_of_their_ue() -> None:
    world = World()
    session, records = Session(1, world), world.pco
    records.note_identity(f"0{IMSI}@example.org", session)
    records.note_identity(f"0{IMSI}@example.org", session)
    assert records.sessions_of(REQUEST) == [session]
    assert records.sessions_of(event(Gtpv2Message.CREATE_SESSION_REQUEST, imsi=None)) == []
