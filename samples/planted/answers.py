"""Faults of the HA: clause 5.1.3.2."""

from __future__ import annotations

from ipaddress import IPv6Address

from dissectors.scapy_layers.flows import MipFlowIdentification
from dissectors.scapy_layers.mobility_options import (
    MipAlternateCareOf,
    MipBindingIdentifier,
    MipIpv4AddressAck,
    MipNatDetection,
    MipUnknown,
)
from samples.generator.bindings import ANY_IPV4
from samples.generator.codes import DSMIPV6_PORT
from samples.generator.edits import (
    all_of,
    carried,
    kept_back,
    lost,
    with_fields,
    with_flags,
    with_option_fields,
    with_options,
    with_outer,
    without_options,
)
from samples.planted import courses as faults
from samples.planted import several
from samples.planted.catalogue import plant

IPV6, IPV4, NAT = "dsmip-attach-ipv6", "dsmip-attach-ipv4", "dsmip-attach-nat"
AT_HA = {"capture_point": '"ha"'}
UDP = (DSMIPV6_PORT, DSMIPV6_PORT)
NEVER = {f"BA {n}": kept_back for n in range(1, 9)}
ASKED_AND_GIVEN = bytes([0, 32 << 2, 10, 64, 0, 9])
"""An IPv4 Address Acknowledgement's contents."""

ANSWERS = (
    plant(
        *("HA-5.1.2.2-22", "a BA in the clear", IPV6, "BA 1"),
        ha={"signals": {"BA 1": with_fields(in_esp=False)}},
    ),
    plant(
        *("HA-5.1.2.4-35", "IPv4 Address Acknowledgement as option 29", IPV6, "BA 1"),
        ha={
            "signals": {
                "BA 1": all_of(
                    without_options(MipIpv4AddressAck), with_options(MipUnknown(otype=29, data=ASKED_AND_GIVEN))
                )
            }
        },
        # Not HA-5.1.3.2-06, which leaves this to HA-5.1.2.4-35. Not UE-5.1.2.4-34: the UE sends no IPv4 data.
        also=("RFC5555-01",),
    ),
    plant(
        *("HA-5.1.3.2-01", "an Alternate Care-of Address that is not the source is accepted", IPV6, "BA 1", "BU 1"),
        ue={"signals": {"BU 1": with_option_fields(MipAlternateCareOf, coa="2001:db8:77::66")}},
        ha={"statuses": {"BA 1": 0}},
        # Not HA-5.1.3.2-18: protection and Home Address are as they have to be.
        also=("UE-5.1.2.4-07",),
    ),
    plant(
        *("HA-5.1.3.2-02", "no BA at all", IPV6, "BU 1", "BU 2", "BU 3", "BU 4"),
        ha={"signals": NEVER},
        course=faults.unanswered,
    ),
    plant(
        *("HA-5.1.3.2-03", "R = 0", IPV6, "BA 1"),
        ha={"signals": {"BA 1": with_flags("K")}},
    ),
    plant(
        *("HA-5.1.3.2-04", "Duplicate Address Detection for the Home Address", "dsmip-return-home", "DAD"),
        course=faults.checked_for_duplicates,
    ),
    plant(
        *("HA-5.1.3.2-05", "a refresh interval as long as the lifetime", IPV6, "BA 1"),
        ha={"refresh_advice": 900},
    ),
    plant(
        *("HA-5.1.3.2-06", "no word on the IPv4 Home Address", IPV6, "BA 1"),
        ha={"signals": {"BA 1": without_options(MipIpv4AddressAck)}},
    ),
    plant(
        *("HA-5.1.3.2-07", "0.0.0.0 is assigned", IPV6, "BA 1"),
        ha={"signals": {"BA 1": with_option_fields(MipIpv4AddressAck, hoa=str(ANY_IPV4))}},
    ),
    plant(
        *("HA-5.1.3.2-08", "F = 0 in spite of the NAT", NAT, "BA 1"),
        ha={"signals": {"BA 1": with_option_fields(MipNatDetection, f=0)}},
    ),
    plant(
        *("HA-5.1.3.2-09", "a BA outside UDP, through a NAT", NAT, "BA 1"),
        ha={"signals": {"BA 1": with_outer(ports=None)}},
    ),
    plant(
        *("HA-5.1.3.2-10", "a BA in UDP without a NAT", IPV4, "BA 1"),
        ha={"signals": {"BA 1": with_outer(ports=UDP)}},
        facts=AT_HA,
    ),
    plant(
        *("HA-5.1.3.2-11", "F = 1 without a NAT", IPV4, "BA 1"),
        ha={"signals": {"BA 1": with_options(MipNatDetection(f=1))}},
        facts=AT_HA,
    ),
    plant(
        *("HA-5.1.3.2-12", "no BID in the answer", "dsmip-ifom", "BA 1"),
        ha={"signals": {"BA 1": without_options(MipBindingIdentifier)}},
        course=several.one_binding,
    ),
    plant(
        *("HA-5.1.3.2-13", "no FID in the answer", "dsmip-ifom", "BA 1"),
        ha={"signals": {"BA 1": without_options(MipFlowIdentification)}},
        course=several.one_binding,
    ),
    plant(
        *("HA-5.1.3.2-14", "user data to an address that is not registered", IPV6, "data 1 down"),
        ha={"parcels": {"data 1 down": carried(destination=IPv6Address("2001:db8:77::66"))}},
    ),
    plant(
        *("HA-5.1.3.2-15", "user data outside UDP, through a NAT", NAT, "data 1 down"),
        ha={"parcels": {"data 1 down": carried(ports=None)}},
    ),
    plant(
        *("HA-5.1.3.2-16", "a longer lifetime than was asked for", IPV6, "BA 1"),
        ha={"signals": {"BA 1": with_fields(lifetime=1800)}},
    ),
    plant(
        *("HA-5.1.3.2-17", "IPv4 data after the de-registration", IPV6, "ghost 1 down"),
        ue={"parcels": {"ghost 1 up": lost, "ghost 2 up": lost}},
        course=faults.haunted,
        also=("HA-5.1.3.2-14",),
    ),
    plant(
        *("HA-5.1.3.2-18", "a BU with a wrong checksum is accepted", IPV6, "BA 1", "BU 1"),
        ue={"signals": {"BU 1": with_fields(wrong_checksum=True)}},
        ha={"credulous": True},
        also=("RFC3775-01",),
        facts=AT_HA,
    ),
    plant(
        *("HA-5.1.3.2-19", "no address for one UE, and one for the next", "dsmip-ipv4-refused", "BA 1", "BA 2"),
        course=several.next_one_served,
    ),
)
