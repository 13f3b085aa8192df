"""Faults of the UE in IKEv2: clauses 5.1.2.1a, 5.1.2.2 and annex B."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from samples import courses, procedure_courses
from samples.generator.codes import Attribute, IdType, Kind, Notice
from samples.generator.gtp import Container
from samples.generator.ike_edits import without_notice
from samples.generator.knobs import DNS_ATTRIBUTES, HOME_PREFIX, replaced, with_added, without
from samples.generator.payloads import notify, pdn_identifier
from samples.generator.suites import CBC_SUITE
from samples.planted import ike_courses as faults
from samples.planted import ike_returns as returns
from samples.planted import several
from samples.planted.catalogue import plant

CLEAN, REDIRECTED, IFOM = "attach-clean", "attach-redirected", "dsmip-ifom"
FIRST_REQUEST, LAST_RESPONSE = "IKE_AUTH 1 request", "IKE_AUTH last response"

PCO_WITHOUT_IFOM = partial(
    procedure_courses.from_3gpp_access, asked=(Container.HOME_AGENT_ADDRESS, Container.HOME_NETWORK_PREFIX)
)

IKE_UE = (
    plant(
        *("UE-5.1.2.1a-01", "IFOM without any discovery of it", IFOM, "BU 1", "IKE_SA_INIT request"),
        ue={"edits": {}},
        ha={"edits": {}},
        course=several.one_binding,
        facts={"andsf_used": "false"},
        also=("UE-5.1.2.2-19",),
    ),
    plant(
        *("UE-5.1.2.1a-02", "the home prefix from PCO, but IFOM is not asked about", "dsmip-pco", "PCO request"),
        course=PCO_WITHOUT_IFOM,
        facts={"andsf_used": "false"},
        also=("UE-5.1.2.3-04",),
        needs_tshark=True,
    ),
    plant(
        *("UE-5.1.2.3-04", "IFOM is not asked about in the request for a PDN connection", "dsmip-pco", "PCO request"),
        course=PCO_WITHOUT_IFOM,
        facts={"andsf_used": "false"},
        also=("UE-5.1.2.1a-02",),
        needs_tshark=True,
    ),
    plant(
        *("UE-5.1.2.2-01", "the HA starts an IKE SA", CLEAN, "IKE_SA_INIT of the HA"),
        course=faults.ha_begins,
    ),
    plant(
        *("UE-5.1.2.2-02", "no REDIRECT_SUPPORTED", CLEAN, "IKE_SA_INIT request"),
        ue={"edits": {"IKE_SA_INIT": without_notice(Notice.REDIRECT_SUPPORTED)}},
    ),
    plant(
        *("UE-5.1.2.2-03", "IDi is of type FQDN", CLEAN, FIRST_REQUEST),
        ue={"edits": {"IKE_AUTH 1": replaced(Kind.IDI, lambda body: bytes([IdType.FQDN]) + body[1:])}},
    ),
    plant(
        *("UE-5.1.2.2-04", "no APN in IDr", CLEAN, FIRST_REQUEST),
        ue={"edits": {"IKE_AUTH 1": without(Kind.IDR)}},
    ),
    plant(
        *("UE-5.1.2.2-05", "another NAI in AT_IDENTITY than in IDi", CLEAN, "IKE_AUTH identity request"),
        ue={"eap_identity": "0001010123456789@wlan.mnc001.mcc001.3gppnetwork.org"},
    ),
    plant(
        *("UE-5.1.2.2-06", "a pseudonym in the very first authentication", CLEAN, "IKE_AUTH identity request"),
        ue={"uses_pseudonym": True},
    ),
    plant(
        *(
            "UE-5.1.2.2-07",
            "the IMSI again after a pseudonym was given",
            REDIRECTED,
            "second IKE_AUTH identity request",
            "second IKE_AUTH 1 request",
        ),
        course=partial(returns.redirected, forgets=True),
    ),
    plant(
        *("UE-5.1.2.2-08", "the UE proves itself by a shared key in its first request", CLEAN, FIRST_REQUEST),
        course=faults.by_shared_key,
    ),
    plant(
        *("UE-5.1.2.2-10", "a redirect is not followed", REDIRECTED, LAST_RESPONSE),
        course=courses.redirected_and_lost,
    ),
    plant(
        *("UE-5.1.2.2-11", "the first IKE SA is not deleted after a redirect", REDIRECTED, LAST_RESPONSE),
        course=partial(returns.redirected, leaves=False),
    ),
    plant(
        *("UE-5.1.2.2-12", "an address is asked for instead of a home prefix", CLEAN, FIRST_REQUEST),
        ue={"asks_for": (Attribute.INTERNAL_IP6_ADDRESS, *DNS_ATTRIBUTES)},
    ),
    plant(
        *("UE-5.1.2.2-17", "the prefix of the living PDN connection is not named", CLEAN, "second IKE_AUTH 1 request"),
        ha={"gives_pseudonym": False},
        course=partial(returns.attached_again, prefix=HOME_PREFIX),
    ),
    plant(
        *("UE-5.1.2.2-18", "a prefix is named that the UE cannot know", CLEAN, FIRST_REQUEST),
        ue={"edits": {"IKE_AUTH 1": with_added(pdn_identifier(returns.OTHER_PREFIX))}},
    ),
    plant(
        *("UE-5.1.2.2-23", "a second authentication that the HA has not announced", "attach-two-authentications"),
        *("IKE_AUTH first proof request",),
        ha={"edits": {"IKE_SA_INIT": without_notice(Notice.MULTIPLE_AUTH_SUPPORTED)}},
    ),
    plant(
        *("UE-5.1.2.2-24", "an IDi that is neither IMSI nor pseudonym", CLEAN, FIRST_REQUEST),
        ue={"username": "alice"},
        # Not UE-5.1.2.2-06, which is about the EAP identity: none is asked for.
        ha={"asks_identity": False},
    ),
    plant(
        *("UE-5.1.2.2-25", "no IKE_AUTH on an accepted IKE SA", CLEAN, "IKE_SA_INIT response"),
        course=faults.never_authenticated,
    ),
    plant(
        *("UE-5.1.2.2-26", "no integrity for the SA of Binding Updates", CLEAN, "CREATE_CHILD_SA response"),
        suite=replace(CBC_SUITE, esp_protected=False),
    ),
    plant(
        *("NET-B.x-01", "data in the IFOM Capability notify", CLEAN, "IKE_SA_INIT request"),
        ue={"edits": {"IKE_SA_INIT": with_added(notify(Notice.IFOM_CAPABILITY, bytes(4)))}},
    ),
    plant(
        *("NET-B.x-02", "a PDN Identifier of five octets", CLEAN, FIRST_REQUEST),
        # Not UE-5.1.2.2-18, which is about the prefix that is named: five octets name none.
        ue={"edits": {"IKE_AUTH 1": with_added(notify(Notice.PDN_IDENTIFIER, HOME_PREFIX.network_address.packed[:5]))}},
    ),
)
