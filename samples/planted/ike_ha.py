"""Faults of the HA in IKEv2: clauses 5.1.2.2 and 5.1.3.1."""

from __future__ import annotations

from functools import partial

from samples.generator.codes import CFG_REPLY, Attribute, AuthMethod, Kind, Notice
from samples.generator.ike_edits import with_notice_data
from samples.generator.knobs import HOME_PREFIX, replaced, with_added
from samples.generator.payloads import configuration, home_prefix, notify
from samples.planted import ike_courses as faults
from samples.planted import ike_returns as returns
from samples.planted.catalogue import plant
from samples.scenarios import IFOM_CAPABLE

CLEAN, REDIRECTED = "attach-clean", "attach-redirected"
LAST_RESPONSE = "IKE_AUTH last response"
OF_SECOND = "second IKE_AUTH last response"
UNASKED_NONCE = bytes(range(16))
STRAY_BIT = HOME_PREFIX.network_address.packed, HOME_PREFIX[1].packed
A_PREFIX = configuration(CFG_REPLY, [(Attribute.MIP6_HOME_PREFIX, home_prefix(HOME_PREFIX, 86400))])

IKE_HA = (
    plant(
        *("HA-5.1.2.2-09", "a shared key instead of a certificate", CLEAN, "IKE_AUTH 1 response"),
        ha={"auth": AuthMethod.SHARED_KEY},
    ),
    plant(
        *("HA-5.1.3.1-01", "another APN in IDr", CLEAN, "IKE_AUTH 1 response"),
        ha={"answers_with_apn": "default"},
    ),
    plant(
        *("HA-5.1.3.1-02", "no home prefix in the CFG_REPLY", CLEAN, LAST_RESPONSE),
        ha={"leaves_out": frozenset({Attribute.MIP6_HOME_PREFIX})},
        course=faults.authenticated_only,
    ),
    plant(
        *("HA-5.1.3.1-03", "a bit behind the end of the home prefix", CLEAN, LAST_RESPONSE),
        ha={"edits": {"IKE_AUTH last": replaced(Kind.CP, lambda body: body.replace(*STRAY_BIT))}},
    ),
    plant(
        *("HA-5.1.3.1-04", "no IPv4 DNS server, though it was asked for", CLEAN, LAST_RESPONSE),
        ha={"leaves_out": frozenset({Attribute.INTERNAL_IP4_DNS})},
    ),
    plant(
        *("HA-5.1.3.1-05", "another prefix than that of the PDN connection that was named", CLEAN, OF_SECOND),
        ha={"gives_pseudonym": False},
        course=partial(returns.attached_again, prefix=returns.OTHER_PREFIX, names=HOME_PREFIX),
    ),
    plant(
        *("HA-5.1.3.1-06", "another prefix than that of the PDN connection that carries IKE", CLEAN, OF_SECOND),
        ha={"gives_pseudonym": False},
        course=partial(
            returns.attached_again, prefix=returns.OTHER_PREFIX, anew=True, address=returns.INSIDE_HOME_PREFIX
        ),
    ),
    plant(
        *("HA-5.1.3.1-07", "one prefix for two UEs", CLEAN, OF_SECOND),
        course=partial(returns.two_ues, prefix=HOME_PREFIX),
    ),
    plant(
        *("HA-5.1.3.1-08", "IFOM Capability, though the UE has not asked", CLEAN, "IKE_SA_INIT response"),
        ha={"edits": IFOM_CAPABLE},
    ),
    plant(
        *("HA-5.1.3.1-09", "a HA with IFOM does not say so", CLEAN, "IKE_SA_INIT response"),
        ue={"edits": IFOM_CAPABLE},
        facts={"ha_ifom": "true"},
    ),
    plant(
        *("HA-5.1.3.1-10", "a HA without IFOM says that it has it", CLEAN, "IKE_SA_INIT response"),
        ue={"edits": IFOM_CAPABLE},
        ha={"edits": IFOM_CAPABLE},
        facts={"ha_ifom": "false"},
    ),
    plant(
        *("HA-5.1.3.1-11", "nonce data in a redirect in IKE_AUTH", REDIRECTED, LAST_RESPONSE),
        ha={"edits": {"IKE_AUTH last": with_notice_data(Notice.REDIRECT, lambda data: data + UNASKED_NONCE)}},
    ),
    plant(
        *("HA-5.1.3.1-12", "a home prefix beside the redirect", REDIRECTED, LAST_RESPONSE),
        ha={"edits": {"IKE_AUTH last": with_added(A_PREFIX)}},
    ),
    plant(
        *("HA-5.1.3.1-13", "the DELETE is not answered", CLEAN, "leave request"),
        course=partial(faults.asked_in_vain, leaves=True),
        also=("RFC7296-04",),
    ),
    plant(
        *("HA-5.1.3.1-14", "IKE_SA_INIT is not answered", CLEAN, "IKE_SA_INIT request"),
        course=faults.never_accepted,
        also=("RFC7296-04",),
    ),
    plant(
        *("HA-5.1.3.1-15", "no EAP, though the UE has not proven itself", CLEAN, "IKE_AUTH 1 response"),
        course=faults.without_eap,
        also=("RFC7296-05",),
    ),
    plant(
        *("HA-5.1.3.1-16", "a new prefix, though the UE is still registered", CLEAN, OF_SECOND),
        ha={"gives_pseudonym": False},
        course=partial(returns.attached_again, prefix=returns.OTHER_PREFIX, names=HOME_PREFIX, deleted=True),
        also=("HA-5.1.3.1-05",),
    ),
    plant(
        *("RFC5026-01", "a home prefix with lifetime 0", CLEAN, LAST_RESPONSE),
        ha={"prefix_lifetime": 0},
    ),
    plant(
        *("RFC7296-11", "let in beside AUTHENTICATION_FAILED", CLEAN, LAST_RESPONSE),
        ha={"edits": {"IKE_AUTH last": with_added(notify(Notice.AUTHENTICATION_FAILED))}},
        # Not UE-5.1.2.2-15: a UE that is told that it failed has no IKE SA to go on with.
        course=faults.given_up,
    ),
)
