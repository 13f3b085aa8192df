"""RFC 4187 sections 3 to 6 and 9, RFC 9048 (EAP-AKA'): the order of EAP-AKA messages and what each must carry."""

from __future__ import annotations

from dissectors.eap import AkaAttributeType as At
from dissectors.eap import AkaSubtype, EapCode, EapPacket, EapType
from dissectors.ikev2.messages import Eap
from dissectors.ikev2.registry import PayloadType
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import KEPT, Context, IkeEvent, IkeSa
from rules.ts24303.places import eap_of, named

_S = AkaSubtype
ID_REQUESTS = (At.AT_PERMANENT_ID_REQ, At.AT_FULLAUTH_ID_REQ, At.AT_ANY_ID_REQ)
REQUEST_NEEDS: dict[int, tuple[At, ...]] = {
    _S.CHALLENGE: (At.AT_RAND, At.AT_AUTN, At.AT_MAC),
    _S.REAUTHENTICATION: (At.AT_IV, At.AT_ENCR_DATA, At.AT_MAC),
    _S.NOTIFICATION: (At.AT_NOTIFICATION,),
    _S.IDENTITY: (),
}
RESPONSE_NEEDS: dict[int, tuple[At, ...]] = {
    _S.CHALLENGE: (At.AT_RES, At.AT_MAC),
    _S.AUTHENTICATION_REJECT: (),
    _S.SYNCHRONIZATION_FAILURE: (At.AT_AUTS,),
    _S.IDENTITY: (At.AT_IDENTITY,),
    _S.NOTIFICATION: (),
    _S.REAUTHENTICATION: (At.AT_IV, At.AT_ENCR_DATA, At.AT_MAC),
    _S.CLIENT_ERROR: (At.AT_CLIENT_ERROR_CODE,),
}
ANSWERS: dict[int, tuple[int, ...]] = {
    _S.CHALLENGE: (_S.CHALLENGE, _S.AUTHENTICATION_REJECT, _S.SYNCHRONIZATION_FAILURE, _S.CLIENT_ERROR),
    _S.IDENTITY: (_S.IDENTITY, _S.CLIENT_ERROR),
    _S.NOTIFICATION: (_S.NOTIFICATION, _S.CLIENT_ERROR),
    _S.REAUTHENTICATION: (_S.REAUTHENTICATION, _S.CLIENT_ERROR),
}
"""Responses that each request may have."""
FOLLOWS: dict[int, tuple[int, ...]] = {
    _S.IDENTITY: (_S.IDENTITY, _S.NOTIFICATION),
    _S.CHALLENGE: (_S.IDENTITY, _S.SYNCHRONIZATION_FAILURE, _S.REAUTHENTICATION, _S.CHALLENGE),
    _S.REAUTHENTICATION: (_S.IDENTITY,),
}
"""The response that each request may come after, besides the start; a Notification may come after any."""
ENDS_WELL = (_S.CHALLENGE, _S.REAUTHENTICATION, _S.NOTIFICATION)
BEFORE_AUTHENTICATION = 0x4000
"""The P bit of AT_NOTIFICATION: no key yet, so no AT_MAC (section 6.1)."""

Fault = tuple[str, str]
"""Expected, observed."""


# What was said before


def _packets(sa: IkeSa, event: IkeEvent) -> list[EapPacket]:
    """The EAP packets of this authentication before ``event``, in the order of their Message IDs."""
    packets: list[EapPacket] = []
    before = (e for e in (*sa.auth_requests, *sa.auth_responses) if _place(e) < _place(event))
    for earlier in sorted(before, key=_place):
        if earlier.message.is_request and earlier.message.identification(initiator=True):
            packets.clear()
        packets += [eap.packet for eap in earlier.message.each(Eap)]
    return packets


def _place(event: IkeEvent) -> tuple[int, bool]:
    """The order in which the ends speak, which a capture may turn round."""
    return event.message.message_id, event.message.is_response


def _doubt(sa: IkeSa, event: IkeEvent) -> str:
    """Why something may have been said that is not known."""
    if sa.partial:
        return "the capture starts after IKE_SA_INIT"
    known = (*sa.auth_requests, *sa.auth_responses)
    closed = next((e for e in known if e.message.sealed), None)
    if closed is not None:
        return f"frame {closed.frame} stays closed: {closed.message.sealed}"
    own = event.message.message_id
    for number in range(1, min(own + event.message.is_response, KEPT)):
        exchange = sa.exchanges.get((True, number))
        if exchange is None or exchange.request is None or (number < own and exchange.response is None):
            return f"the exchange with message ID {number} was not captured whole"
    return ""


def _follows_at_once(sa: IkeSa, event: IkeEvent) -> bool:
    """A Success stands or falls with the response just before it: nothing that went unseen can change that."""
    eap, exchange = eap_of(event.message), sa.exchanges.get((True, event.message.message_id))
    asked = exchange.request if exchange is not None else None
    return eap is not None and eap.code == EapCode.SUCCESS and asked is not None and eap_of(asked.message) is not None


def _speaks_aka(event: AnyEvent, context: Context) -> bool:
    """An EAP-AKA packet, or the Success that ends EAP-AKA."""
    eap, sa = eap_of(event.message), context.sa
    if eap is None or sa is None or len(sa.auth_requests) >= KEPT or len(sa.auth_responses) >= KEPT:
        return False
    if eap.code == EapCode.SUCCESS:
        return any(packet.is_aka for packet in _packets(sa, event))
    return eap.is_aka


@check(
    "RFC4187-01",
    on=(Kind.IKE_AUTH_REQUEST, Kind.IKE_AUTH_RESPONSE),
    when=_speaks_aka,
    holding=PayloadType.EAP,
)
def eap_aka_message_out_of_order_or_incomplete(event: IkeEvent, context: Context) -> Outcome:
    """The order and the attributes are what makes each end prove to the other that it knows the subscriber's key."""
    sa, eap = context.sa, eap_of(event.message)
    assert sa is not None
    assert eap is not None
    incomplete = _incomplete(eap)
    if incomplete is not None:
        return failed(expected=incomplete[0], observed=incomplete[1])
    misplaced = _misplaced(eap, _packets(sa, event))
    if misplaced is None:
        return PASSED
    doubt = "" if _follows_at_once(sa, event) else _doubt(sa, event)
    return inconclusive(doubt) if doubt else failed(expected=misplaced[0], observed=misplaced[1])


# Attributes


def _incomplete(eap: EapPacket) -> Fault | None:
    if eap.code == EapCode.SUCCESS:
        return None
    needs = _needs(eap)
    if needs is None:
        return f"a subtype that an EAP-AKA {_code(eap)} can have", _told(eap)
    missing = [kind.name for kind in needs if eap.attribute(kind) is None]
    if missing:
        return f"{', '.join(kind.name for kind in needs)} in {_told(eap)}", f"no {', no '.join(missing)}"
    if eap.code == EapCode.REQUEST and eap.subtype == _S.IDENTITY and not _asks_one_identity(eap):
        return f"one of {', '.join(kind.name for kind in ID_REQUESTS)} in {_told(eap)}", "not exactly one"
    if eap.malformed:
        return f"attributes of RFC 4187 in {_told(eap)}", str(eap.malformed)
    return None


def _needs(eap: EapPacket) -> tuple[At, ...] | None:
    table = REQUEST_NEEDS if eap.code == EapCode.REQUEST else RESPONSE_NEEDS
    needs = table.get(eap.subtype or 0)
    if needs is None:
        return None
    if eap.type == EapType.AKA_PRIME and eap.subtype == _S.CHALLENGE:
        if eap.code == EapCode.REQUEST:
            return (*needs, At.AT_KDF, At.AT_KDF_INPUT)
        return () if eap.attribute(At.AT_KDF) is not None else needs  # the peer wants another KDF (RFC 9048 3.2)
    told = eap.attribute(At.AT_NOTIFICATION) if eap.code == EapCode.REQUEST else None
    if told is not None and not int.from_bytes(told) & BEFORE_AUTHENTICATION:
        return (*needs, At.AT_MAC)
    return needs


def _asks_one_identity(eap: EapPacket) -> bool:
    return sum(attribute.type in ID_REQUESTS for attribute in eap.attributes) == 1


# Order


def _misplaced(eap: EapPacket, before: list[EapPacket]) -> Fault | None:
    ended = bool(before) and before[-1].code in (EapCode.SUCCESS, EapCode.FAILURE)
    if eap.code == EapCode.RESPONSE:
        return _answers_wrongly(eap, before)
    if ended and eap.code == EapCode.REQUEST:
        return "no EAP request after the result", f"{_told(eap)} after EAP-{_code(before[-1])}"
    last = next((p for p in reversed(before) if p.code == EapCode.RESPONSE), None)
    if eap.code == EapCode.SUCCESS:
        if last is not None and last.is_aka and last.subtype in ENDS_WELL and not _asks_other_kdf(last):
            return None
        proof = "EAP-Success after a Challenge, Reauthentication or Notification response"
        return proof, f"EAP-Success after {_told(last) if last else 'no response'}"
    return _asks_wrongly(eap, last)


def _asks_other_kdf(eap: EapPacket) -> bool:
    return eap.subtype == _S.CHALLENGE and eap.attribute(At.AT_RES) is None


def _answers_wrongly(eap: EapPacket, before: list[EapPacket]) -> Fault | None:
    asked = before[-1] if before else None
    if asked is None or asked.code != EapCode.REQUEST or not asked.is_aka:
        return "a response to an EAP-AKA request", f"{_told(eap)} after {_told(asked) if asked else 'no request'}"
    if eap.subtype in ANSWERS.get(asked.subtype or 0, ()):
        return None
    return f"a response to {_told(asked)}", _told(eap)


def _asks_wrongly(eap: EapPacket, last: EapPacket | None) -> Fault | None:
    """A request may open EAP-AKA after EAP-Response/Identity or a Nak; later it follows from the last response."""
    after = FOLLOWS.get(eap.subtype or 0)
    if last is None or not last.is_aka or after is None or last.subtype in after:
        return None
    return f"no {_told(eap)} after {_told(last)}", _told(eap)


def _code(eap: EapPacket) -> str:
    return named(eap.code, EapCode, "code").capitalize()


def _told(eap: EapPacket) -> str:
    """``AKA-Challenge request``."""
    if eap.code not in (EapCode.REQUEST, EapCode.RESPONSE):
        return f"EAP-{_code(eap)}"
    kind = "AKA'" if eap.type == EapType.AKA_PRIME else named(eap.type or 0, EapType, "type")
    subtype = f"-{named(eap.subtype or 0, AkaSubtype, 'subtype').capitalize()}" if eap.subtype is not None else ""
    return f"{kind}{subtype} {_code(eap).lower()}"
