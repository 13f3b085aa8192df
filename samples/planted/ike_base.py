"""Faults against RFC 7296, 5685, 4187 and 4303 themselves."""

from __future__ import annotations

from functools import partial

from samples.generator.codes import At, Kind, Protocol, Transform
from samples.generator.endpoint import ike_transforms
from samples.generator.ike_edits import critical, with_responder_spi, without_aka, wrong_icv
from samples.generator.knobs import replaced, without
from samples.generator.payloads import Proposal, TransformChoice, security_association
from samples.generator.suites import CBC_SUITE
from samples.planted import ike_courses as faults
from samples.planted import ike_returns as returns
from samples.planted.catalogue import plant

CLEAN, REDIRECTED = "attach-clean", "attach-redirected"
NEVER_OFFERED = 7
"""PRF_HMAC_SHA2_512."""
OF_ITS_OWN = tuple(
    TransformChoice(Transform.PRF, NEVER_OFFERED) if choice.kind is Transform.PRF else choice
    for choice in ike_transforms(CBC_SUITE)
)
CHOSEN = security_association(Proposal(1, Protocol.IKE, b"", OF_ITS_OWN)).body

IKE_BASE = (
    plant(
        *("RFC7296-01", "a responder SPI in the first request", CLEAN, "IKE_SA_INIT request"),
        ue={"octets": {"IKE_SA_INIT": with_responder_spi}},
    ),
    plant(
        *("RFC7296-02", "a message ID is skipped", CLEAN, "leave request"),
        course=faults.skipped_a_message_id,
    ),
    plant(
        *("RFC7296-03", "a request is sent again in other octets", CLEAN, "repeated"),
        course=faults.asked_again_otherwise,
    ),
    plant(
        *("RFC7296-04", "a request of the HA is never answered", CLEAN, "probe request"),
        course=partial(faults.asked_in_vain, leaves=False),
    ),
    plant(
        *("RFC7296-05", "no TSr beside the SA", CLEAN, "IKE_AUTH last response"),
        ha={"edits": {"IKE_AUTH last": without(Kind.TSR)}},
    ),
    plant(
        *("RFC7296-06", "a nonce of 8 octets", CLEAN, "IKE_SA_INIT request"),
        ue={"nonce_size": 8},
    ),
    plant(
        *("RFC7296-07", "a wrong ICV of an IKE message", CLEAN, "probe response"),
        # Not RFC7296-04: the UE has answered.
        ue={"octets": {"probe": wrong_icv}},
    ),
    plant(
        *("RFC7296-08", "the critical bit of CP", CLEAN, "IKE_AUTH 1 request"),
        ue={"edits": {"IKE_AUTH 1": critical(Kind.CP)}},
    ),
    plant(
        *("RFC7296-09", "a PRF is chosen that was not offered", CLEAN, "IKE_SA_INIT response"),
        ha={"edits": {"IKE_SA_INIT": replaced(Kind.SA, lambda _: CHOSEN)}},
    ),
    plant(
        *("RFC7296-10", "ESP on a CHILD SA 5 s after the DELETE", CLEAN, "late"),
        course=faults.used_after_the_end,
    ),
    plant(
        *("RFC4303-01", "a sequence number comes again", CLEAN, "third ping"),
        course=partial(faults.pinged, repeats=True),
    ),
    plant(
        *("RFC4303-02", "a wrong ICV of an ESP packet", CLEAN, "third ping"),
        course=partial(faults.pinged, wrong=True),
    ),
    plant(
        *("RFC4303-03", "padding of zeros", CLEAN, "third ping"),
        course=partial(faults.pinged, default_padding=False),
    ),
    plant(
        *("RFC4187-01", "no AT_RES in the answer to the challenge", CLEAN, "IKE_AUTH challenge request"),
        ue={"edits": {"IKE_AUTH challenge": without_aka(At.RES)}},
    ),
    plant(
        *("RFC5685-01", "the UE does not tell who redirected it", REDIRECTED, "second IKE_SA_INIT request"),
        course=partial(returns.redirected, tells=False),
    ),
)
