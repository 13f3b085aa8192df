"""Two authentications in one IKE SA (RFC 4739): EAP-AKA first, then EAP-MD5 for an external AAA server.

Steps: those of :mod:`attach` up to EAP-Success, then ``IKE_AUTH first proof``, ``IKE_AUTH second identity``,
``IKE_AUTH second challenge``, and ``IKE_AUTH last``.
"""

from __future__ import annotations

import hashlib
import struct

from samples.generator.attach import Attach
from samples.generator.codes import EAP_MD5, AuthMethod, EapCode, Exchange, IdType, Kind, Notice
from samples.generator.eap_aka import success
from samples.generator.endpoint import Endpoint
from samples.generator.payloads import Payload, authentication, eap, identification, notify

SECOND_NAME = "alice@corp.example"
PASSWORD = b"test only, never used by anyone"


def _md5(code: EapCode, identifier: int, value: bytes) -> bytes:
    """MD5-Challenge: RFC 3748 section 5.4."""
    return struct.pack("!BBHBB", code, identifier, 6 + len(value), EAP_MD5, len(value)) + value


def _proof(end: Endpoint, key: bytes) -> Payload:
    """AUTH by SK_p, as EAP-MD5 makes no key (RFC 7296 section 2.16)."""
    assert end.identity
    return authentication(AuthMethod.SHARED_KEY, end.shared_key_mic(key, end.auth_octets(end.identity)))


def authenticate_twice(attach: Attach) -> None:
    """IKE_AUTH with both authentications, up to the CHILD SA."""
    ue, ha = attach.ue, attach.ha
    ours, theirs = ue.offer_child(first=True), ha.offer_child(first=True)
    attach.prove_by_aka(ours)
    concluded = ha.conclude(theirs)
    proven = [*ue.conclude(), notify(Notice.ANOTHER_AUTH_FOLLOWS)]
    attach.trade("IKE_AUTH first proof", Exchange.IKE_AUTH, proven, concluded[:1])
    name = identification(Kind.IDI, IdType.RFC822_ADDR, SECOND_NAME.encode())
    challenge = ha.rng.randbytes(16)
    asked = [eap(_md5(EapCode.REQUEST, 3, challenge))]
    attach.trade("IKE_AUTH second identity", Exchange.IKE_AUTH, [name], asked)
    answer = _md5(EapCode.RESPONSE, 3, hashlib.md5(bytes([3]) + PASSWORD + challenge).digest())
    attach.trade("IKE_AUTH second challenge", Exchange.IKE_AUTH, [eap(answer)], [eap(success(3))])
    assert ue.keys
    request = [_proof(ue, ue.keys.pi)]
    attach.trade("IKE_AUTH last", Exchange.IKE_AUTH, request, [_proof(ha, ue.keys.pr), *concluded[1:]])
    attach.open_tunnel(ours, theirs)
