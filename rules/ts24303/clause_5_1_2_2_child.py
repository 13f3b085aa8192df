"""Clause 5.1.2.2: the SA for Binding Updates and Acknowledgements authenticates them (RFC 4877)."""

from __future__ import annotations

from dissectors.ikev2.messages import Proposal, SecurityAssociation, TrafficSelectors
from dissectors.ikev2.registry import EncryptionId, IntegrityId, PayloadType, ProtocolId, TransformType
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.places import named

MOBILITY_HEADER = 135
ANY_PROTOCOL = 0
NEGOTIATES = (Kind.IKE_AUTH_RESPONSE, Kind.CREATE_CHILD_SA_RESPONSE)
KNOWN = frozenset(int(cipher) for cipher in EncryptionId)
AEAD = frozenset(
    {
        EncryptionId.AES_CCM_8,
        EncryptionId.AES_CCM_12,
        EncryptionId.AES_CCM_16,
        EncryptionId.AES_GCM_8,
        EncryptionId.AES_GCM_12,
        EncryptionId.AES_GCM_16,
        EncryptionId.NULL_AES_GMAC,
        EncryptionId.CAMELLIA_CCM_8,
        EncryptionId.CAMELLIA_CCM_12,
        EncryptionId.CAMELLIA_CCM_16,
        EncryptionId.CHACHA20_POLY1305,
    }
)


def _chosen(event: IkeEvent) -> Proposal | None:
    """The ESP proposal that a response accepts."""
    answer = event.message.first(SecurityAssociation)
    chosen = answer.proposals[0] if answer and answer.proposals else None
    return chosen if chosen and chosen.protocol == ProtocolId.ESP else None


def _protocols(event: IkeEvent, context: Context) -> set[int]:
    """What the selectors of the SA let through; those of the request where the response has none."""
    request = context.sa.request_of(event) if context.sa else None
    for source in (event, request):
        found = {s.protocol for ts in source.message.each(TrafficSelectors) for s in ts.selectors} if source else set()
        if found:
            return found
    return set()


def _may_carry_mobility(event: AnyEvent, context: Context) -> bool:
    """An SA made for the Mobility Header; one for any protocol counts if nothing authenticates what it carries."""
    chosen = _chosen(event)
    if chosen is None:
        return False
    protocols = _protocols(event, context)
    return MOBILITY_HEADER in protocols or (ANY_PROTOCOL in protocols and authenticates(chosen) is not True)


def authenticates(chosen: Proposal) -> bool | None:
    """``None`` where a cipher that we do not know may be an AEAD."""
    if any(t.id != IntegrityId.NONE for t in chosen.of(TransformType.INTEG)):
        return True
    ciphers = [t.id for t in chosen.of(TransformType.ENCR)]
    if any(cipher in AEAD for cipher in ciphers):
        return True
    return None if any(cipher not in KNOWN for cipher in ciphers) else False


@check("UE-5.1.2.2-26", on=NEGOTIATES, when=_may_carry_mobility, holding=PayloadType.SA)
def mobility_sa_without_integrity(event: IkeEvent, context: Context) -> Outcome:
    """Whoever can forge a Binding Update can lead the traffic of the UE to any address."""
    chosen = _chosen(event)
    assert chosen is not None
    safe = authenticates(chosen)
    if safe:
        return PASSED
    if safe is None:
        return inconclusive(f"whether {_shown(chosen)} authenticates is not known")
    if MOBILITY_HEADER not in _protocols(event, context):
        return inconclusive(
            f"an SA for any protocol has no integrity ({_shown(chosen)}); whether BU and BA use it is not known"
        )
    return failed(
        expected="an integrity transform or an AEAD for BU and BA",
        observed=f"ESP with {_shown(chosen)} and no integrity",
    )


def _shown(chosen: Proposal) -> str:
    ciphers = [t.id for t in chosen.of(TransformType.ENCR)]
    return ", ".join(f"ENCR_{named(cipher, EncryptionId, 'number')}" for cipher in ciphers) or "no cipher"
