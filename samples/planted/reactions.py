"""Faults of the UE in what it makes of an answer, and in its user data: clause 5.1.2.4, second half."""

from __future__ import annotations

from functools import partial
from ipaddress import IPv4Address

from dissectors.scapy_layers.mobility_options import MipIpv4AddressAck
from samples import courses
from samples.courses import CORRESPONDENT_IPV4
from samples.generator.bindings import ANY_IPV4
from samples.generator.codes import DSMIPV6_PORT
from samples.generator.edits import carried, lost, with_fields, with_option_fields, with_packet
from samples.generator.frames import echo_ipv4
from samples.planted import courses as faults
from samples.planted import several
from samples.planted.catalogue import plant

IPV6, IPV4, NAT = "dsmip-attach-ipv6", "dsmip-attach-ipv4", "dsmip-attach-nat"
AT_HA = {"capture_point": '"ha"'}
UDP = (DSMIPV6_PORT, DSMIPV6_PORT)
PROHIBITED = {"BA 1": 129, "BA 2": 129}
FAILED_FOR_NO_REASON = with_option_fields(MipIpv4AddressAck, status=128, plen=0, hoa=str(ANY_IPV4))
NOT_ASSIGNED = IPv4Address("10.64.0.77")


def _from_another_address(_packet: bytes) -> bytes:
    return echo_ipv4(NOT_ASSIGNED, CORRESPONDENT_IPV4, 1, reply=False)


REACTIONS = (
    plant(
        *("UE-5.1.2.4-25", "the UE takes an answer to another BU for its own", IPV6, "data 1 up", "BA 1"),
        ue={"credulous": True},
        ha={"signals": {"BA 1": with_fields(sequence=0x0BAD)}},
        # Not UE-5.1.2.4-26, HA-5.1.3.2-14 and -15: the HA has said that it bound the UE, be it in an answer that the UE
        # had to ignore. Not HA-5.1.3.2-02: the next BU, which is answered, comes before the deadline.
        also=("RFC3775-05",),
    ),
    plant(
        *("UE-5.1.2.4-26", "user data before the answer", IPV6, "early 1 up"),
        ue={"impatient": True},
    ),
    plant(
        *("UE-5.1.2.4-28", "another BU to a HA that refused for good", IPV6, "BU 2"),
        ha={"statuses": PROHIBITED},
        course=partial(several.refused, insists=True, goes_elsewhere=True),
    ),
    plant(
        *("UE-5.1.2.4-29", "no other HA after a refusal for good", IPV6, "BA 1"),
        ha={"statuses": PROHIBITED},
        course=partial(several.refused, insists=False, goes_elsewhere=False),
    ),
    plant(
        *("UE-5.1.2.4-30", "IPv4 data from an address that was not assigned", IPV6, "data IPv4 1 up"),
        ue={"parcels": {"data IPv4 1 up": with_packet(_from_another_address)}},
    ),
    plant(
        *("UE-5.1.2.4-31", "IPv4 data in spite of status 132", "dsmip-ipv4-refused", "data IPv4 1 up"),
        ha={"parcels": {"data IPv4 1 down": lost}},
        course=faults.ipv4_without_leave,
        facts={"ipv4_pool_empty": "true"},
    ),
    plant(
        *("UE-5.1.2.4-32", "an IPv4 Home Address is asked for again after 132", "dsmip-ipv4-refused", "BU 2"),
        course=faults.ipv4_asked_for_again,
        facts={"ipv4_pool_empty": "true"},
    ),
    plant(
        *("UE-5.1.2.4-33", "no other BU after status 128 of the IPv4 Home Address", IPV6, "BA 1"),
        ue={"tries_again": False},
        ha={"signals": {"BA 1": FAILED_FOR_NO_REASON}},
        course=partial(courses.registered_life, linger=40),
        facts={"ipv4_pool_empty": "false"},
    ),
    plant(
        *(
            "UE-5.1.2.4-34",
            "IPv4 data, though no IPv4 Home Address was asked for",
            "dsmip-return-home",
            "data IPv4 1 up",
        ),
        ha={"parcels": {"data IPv4 1 down": lost}},
        course=faults.ipv4_without_leave,
    ),
    plant(
        *("UE-5.1.2.4-38", "user data in UDP on an IPv6 link", IPV6, "data 1 up"),
        ue={"parcels": {"data 1 up": carried(ports=UDP)}},
    ),
    plant(
        *("UE-5.1.2.4-39", "user data outside UDP behind a NAT", NAT, "data 1 up"),
        ue={"parcels": {"data 1 up": carried(ports=None)}},
    ),
    plant(
        *("UE-5.1.2.4-40", "user data in UDP without a NAT", IPV4, "data 1 up"),
        ue={"parcels": {"data 1 up": carried(ports=UDP)}},
        facts=AT_HA,
    ),
)
