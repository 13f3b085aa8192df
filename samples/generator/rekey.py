"""SAs that follow others: CREATE_CHILD_SA for a rekey, and DELETE of the old SA (RFC 7296 sections 1.3 and 2.8)."""

from __future__ import annotations

import struct

from samples.generator.attach import Attach
from samples.generator.codes import Exchange, Notice, Protocol
from samples.generator.endpoint import esp_proposal, ike_transforms
from samples.generator.keymat import derive_rekeyed_ike_keys
from samples.generator.payloads import (
    Payload,
    Proposal,
    delete_esp_sas,
    delete_ike_sa,
    key_exchange,
    nonce,
    notify,
    security_association,
)
from samples.generator.ue import mobility_selectors


def rekey_mobility(attach: Attach, *, forward_secrecy: bool = False, then_delete: bool = True) -> None:
    """The SA for Binding Updates anew. Edits: ``rekey CHILD SA``, ``delete CHILD SA``."""
    assert attach.mobility
    ue, ha, suite = attach.ue, attach.ha, attach.ue.suite
    to_ue, to_ha = attach.mobility[1].spi, attach.mobility[0].spi
    ours, theirs = ue.offer_child(first=False), ha.offer_child(first=False)
    own_part: list[Payload] = []
    their_part: list[Payload] = []
    secrets = b"", b""
    if forward_secrecy:
        (public, agree), (their_public, their_agree) = suite.group.start(ue.rng), suite.group.start(ha.rng)
        own_part, their_part = (
            [key_exchange(suite.group.number, public)],
            [key_exchange(suite.group.number, their_public)],
        )
        secrets = agree(their_public), their_agree(public)
    selectors = mobility_selectors(attach.home_address, ha.knobs.address)
    request = [
        # The SPI under which the sender receives what the old SA carries (section 1.3.3).
        notify(Notice.REKEY_SA, protocol=Protocol.ESP, spi=struct.pack("!I", to_ue)),
        notify(Notice.USE_TRANSPORT_MODE),
        security_association(esp_proposal(suite, ours.spi, forward_secrecy=forward_secrecy)),
        nonce(ours.nonce),
        *own_part,
        *selectors,
    ]
    response = [
        notify(Notice.USE_TRANSPORT_MODE),
        security_association(esp_proposal(suite, theirs.spi, forward_secrecy=forward_secrecy)),
        nonce(theirs.nonce),
        *their_part,
        *selectors,
    ]
    attach.trade("rekey CHILD SA", Exchange.CREATE_CHILD_SA, request, response)
    attach.mobility = attach.child(ours, theirs, secrets)
    attach.note_keys(attach.mobility, on_the_wire=False)
    if then_delete:
        gone = [delete_esp_sas(to_ue)], [delete_esp_sas(to_ha)]
        attach.trade("delete CHILD SA", Exchange.INFORMATIONAL, *gone)


def rekey_ike(attach: Attach) -> None:
    """The IKE SA anew; its CHILD SAs live on under it. Edits: ``rekey IKE SA``, ``delete IKE SA``."""
    ue, ha, suite = attach.ue, attach.ha, attach.ue.suite
    assert ue.keys
    spis = ue.rng.randbytes(8), ha.rng.randbytes(8)
    nonces = ue.rng.randbytes(32), ha.rng.randbytes(32)
    (public, agree), (their_public, their_agree) = suite.group.start(ue.rng), suite.group.start(ha.rng)
    request, response = (
        [
            security_association(Proposal(1, Protocol.IKE, spi, ike_transforms(suite))),
            nonce(number),
            key_exchange(suite.group.number, part),
        ]
        for spi, number, part in zip(spis, nonces, (public, their_public), strict=True)
    )
    attach.trade("rekey IKE SA", Exchange.CREATE_CHILD_SA, request, response)
    attach.trade("delete IKE SA", Exchange.INFORMATIONAL, [delete_ike_sa()], [])
    secret = agree(their_public)
    assert secret == their_agree(public)
    keys = derive_rekeyed_ike_keys(suite, ue.keys.d, secret, b"".join(nonces), b"".join(spis))
    for end in (ue, ha):
        end.take_over(b"".join(spis), keys)
    attach.tables.add_ike_sa(suite, b"".join(spis), keys)
