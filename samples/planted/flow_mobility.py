"""Faults of IP flow mobility: clauses 5.1.2.2, 5.1.2.4 and 5.1.3.1, RFC 5648, 6088 and 6089."""

from __future__ import annotations

from dissectors.scapy_layers.flows import FlowBindingReference, MipFlowIdentification, ipv6_selector
from dissectors.scapy_layers.mobility_options import MipAlternateCareOf, MipBindingIdentifier, MipIpv4CareOf
from samples.courses import CHAT, VIDEO
from samples.generator.codes import DSMIPV6_PORT
from samples.generator.edits import (
    all_of,
    carried,
    lost,
    with_fields,
    with_flags,
    with_option_fields,
    with_options,
    without_options,
)
from samples.generator.network import IPV6_ACCESS, SECOND_INTERFACE
from samples.planted import several
from samples.planted.catalogue import Planted, plant

IFOM = "dsmip-ifom"
NO_ANDSF = {"andsf_used": "false"}
OWN = str(IPV6_ACCESS.ue)
VIDEO_SELECTOR = ipv6_selector(sport=VIDEO, nh=17)
REFERENCE = FlowBindingReference(bids=[1])
OVER_IPV4 = carried(
    source=SECOND_INTERFACE.ue, destination=SECOND_INTERFACE.ha, ports=(SECOND_INTERFACE.tunnel_port, DSMIPV6_PORT)
)


def _first_update(rule: str, title: str, **flow: object) -> Planted:
    """A fault in the FID option of the first BU."""
    edit = with_option_fields(MipFlowIdentification, **flow)
    return plant(rule, title, IFOM, "BU 1", ue={"signals": {"BU 1": edit}}, course=several.one_binding)


FLOW_MOBILITY = (
    plant(
        *("UE-5.1.2.2-19", "IFOM without asking whether the HA can", IFOM, "BU 1", "IKE_SA_INIT request"),
        ue={"edits": {}},
        ha={"edits": {}},
        course=several.one_binding,
        facts=NO_ANDSF,
        also=("UE-5.1.2.1a-01",),
    ),
    plant(
        *("UE-5.1.2.2-20", "IFOM with a HA that has not said that it can", IFOM, "BU 1"),
        ha={"edits": {}},
        course=several.one_binding,
        facts=NO_ANDSF | {"ha_ifom": "true"},
        also=("HA-5.1.3.1-09",),
    ),
    plant(
        *("UE-5.1.2.4-08", "an Alternate Care-of Address beside a BID", IFOM, "BU 1"),
        ue={"signals": {"BU 1": with_options(MipAlternateCareOf(coa=OWN))}},
        course=several.one_binding,
    ),
    plant(
        *("UE-5.1.2.4-12", "an IPv4 Care-of Address beside a BID", IFOM, "BU 2"),
        ue={"signals": {"BU 2": with_options(MipIpv4CareOf(coa="192.168.7.20"))}},
        course=several.two_bindings,
    ),
    plant(
        *("UE-5.1.2.4-17", "O = 0 in the first BU", IFOM, "BU 1"),
        ue={"signals": {"BU 1": with_flags("AHKR")}},
        course=several.one_binding,
    ),
    plant(
        *("UE-5.1.2.4-18", "a FID without any BID", IFOM, "BU 1"),
        ue={
            "signals": {
                "BU 1": all_of(without_options(MipBindingIdentifier), with_options(MipAlternateCareOf(coa=OWN)))
            }
        },
        course=several.one_binding,
        also=("UE-5.1.2.4-23",),
    ),
    plant(
        *("UE-5.1.2.4-19", "priority 0 of a BID", IFOM, "BU 1"),
        ue={"signals": {"BU 1": with_option_fields(MipBindingIdentifier, priority=0)}},
        course=several.one_binding,
    ),
    _first_update("UE-5.1.2.4-20", "a new flow without a traffic selector", suboptions=[REFERENCE]),
    _first_update("UE-5.1.2.4-21", "priority 0 of a flow", priority=0),
    _first_update("UE-5.1.2.4-22", "a new flow without a binding", suboptions=[VIDEO_SELECTOR]),
    _first_update(
        "UE-5.1.2.4-23", "a flow at an unknown binding", suboptions=[FlowBindingReference(bids=[9]), VIDEO_SELECTOR]
    ),
    _first_update(
        "UE-5.1.2.4-24",
        "an inverted range of ports",
        suboptions=[REFERENCE, ipv6_selector(sport=(CHAT, VIDEO), nh=17)],
    ),
    plant(
        *("UE-5.1.2.4-36", "user data through a binding that was refused", IFOM, "chat 1 up"),
        ha={
            "signals": {"BA 2": all_of(with_fields(status=4), with_option_fields(MipBindingIdentifier, status=166))},
            "parcels": {"chat 1 down": lost},
        },
        # Not RFC6088-01: the flow goes to the binding that it refers to, which is the refused one.
        course=several.two_bindings,
    ),
    plant(
        *("UE-5.1.2.4-37", "a flow that was refused is kept", IFOM, "BU 2"),
        ha={"signals": {"BA 1": with_option_fields(MipFlowIdentification, status=129)}},
        course=several.two_bindings,
    ),
    plant(
        *("RFC5648-01", "a status in the BID of a BU", IFOM, "BU 1"),
        ue={"signals": {"BU 1": with_option_fields(MipBindingIdentifier, status=3)}},
        course=several.one_binding,
    ),
    _first_update("RFC6089-01", "a status in the FID of a BU", status=129),
    plant(
        *("RFC6088-01", "a flow on another binding than its own", IFOM, "video again 1 up"),
        ue={"parcels": {"video again 1 up": OVER_IPV4}},
    ),
)
