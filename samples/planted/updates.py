"""Faults of the UE in its Binding Updates: clauses 5.1.1, 5.1.2.2, 5.1.2.3 and 5.1.2.4."""

from __future__ import annotations

from functools import partial
from ipaddress import IPv4Address, IPv6Address

from dissectors.scapy_layers.mobility_options import MipAlternateCareOf, MipIpv4CareOf, MipIpv4HomeAddress
from samples import courses
from samples.courses import OTHER_HA
from samples.generator.codes import Kind
from samples.generator.edits import (
    all_of,
    with_fields,
    with_flags,
    with_option_fields,
    with_outer,
    without_options,
)
from samples.generator.knobs import replaced
from samples.planted import courses as faults
from samples.planted import several
from samples.planted.catalogue import plant

IPV6, IPV4, NAT = "dsmip-attach-ipv6", "dsmip-attach-ipv4", "dsmip-attach-nat"
AT_HA = {"capture_point": '"ha"'}
SOME_IPV4, WRONG_HA_IPV4 = "10.1.2.3", IPv4Address("192.0.2.9")
TCP = 6
FOR_TCP = {"CREATE_CHILD_SA": replaced(Kind.TSI, lambda body: body[:5] + bytes([TCP]) + body[6:])}
"""The protocol of the first selector stands behind count, reserved bytes and selector type."""
ELSEWHERE = "2001:db8:77::66"

UPDATES = (
    plant(
        *("UE-5.1.1-01", "the first BU precedes the SA for the Home Address", IPV6, "BU 1"),
        course=faults.too_early,
        # Not RFC4877-01: the selectors of the first CHILD SA let everything through.
        also=("UE-5.1.2.2-15", "RFC4877-02"),
    ),
    plant(
        *("UE-5.1.1-02", "a delegated prefix longer than /64", "dsmip-configuration", "prefix down", "prefix up"),
        course=partial(courses.configured, delegated="2001:db8:1:4000::/72"),
    ),
    plant(
        *("UE-5.1.1-03", "the home network is asked outside the tunnel", "dsmip-configuration", "parameters up"),
        course=faults.asked_outside,
    ),
    plant(
        *("UE-5.1.2.2-14", "a Home Address outside the prefix", IPV6, "CREATE_CHILD_SA request", "BU 1"),
        ue={"home_address": IPv6Address("2001:db8:1:9::10")},
        ha={"statuses": {"BA 1": 132}},
        # Not UE-5.1.2.2-16: TSi does hold the address that the UE takes for its Home Address.
        course=partial(several.refused, insists=False, goes_elsewhere=True),
    ),
    plant(
        *("UE-5.1.2.2-15", "no SA for the Home Address", IPV6, "IKE_AUTH last response"),
        course=faults.without_own_sa,
    ),
    plant(
        *("UE-5.1.2.2-16", "selectors for TCP", IPV6, "CREATE_CHILD_SA request"),
        ue={"edits": FOR_TCP},
        ha={"edits": FOR_TCP},
        # Not UE-5.1.1-01 and UE-5.1.2.2-15: the SA is there, and covers the Home Address.
        also=("RFC4877-01",),
    ),
    plant(
        *("UE-5.1.2.2-21", "a BU in the clear", IPV6, "BU 1"),
        ue={"signals": {"BU 1": with_fields(in_esp=False)}},
    ),
    plant(
        *("UE-5.1.2.3-01", "a BU without looking for the home link", IPV6, "BU 1"),
        course=partial(courses.registered_life, advertised=False),
    ),
    plant(
        *("UE-5.1.2.3-02", "a BU on the home link, with nothing registered", "dsmip-return-home", "BU 1"),
        course=faults.registered_at_home,
    ),
    plant(
        *("UE-5.1.2.3-03", "no de-registration at home", "dsmip-return-home", "home advertised"),
        course=faults.kept_away,
    ),
    plant(
        *("UE-5.1.2.3-05", "no BU, though this is not the home link", IPV6, "CREATE_CHILD_SA response"),
        course=faults.silent,
        also=("UE-5.1.2.4-01",),  # its twin
    ),
    plant(
        *("UE-5.1.2.4-01", "no BU from an IPv4 access", IPV4, "CREATE_CHILD_SA response"),
        course=faults.silent,
    ),
    plant(
        *("UE-5.1.2.4-02", "the IPv4 address first, though there is an IPv6 one", IPV6, "BU 1"),
        course=faults.ipv4_first,
        facts=AT_HA,
    ),
    plant(
        *("UE-5.1.2.4-03", "a BU to another address than the HA's", IPV6, "BU 1"),
        ue={"signals": {"BU 1": all_of(with_fields(agent=OTHER_HA), with_outer(destination=OTHER_HA))}},
        also=("RFC4877-01",),
    ),
    plant(
        *("UE-5.1.2.4-04", "A = 0", IPV6, "BU 1"),
        ue={"signals": {"BU 1": with_flags("HKR")}},
    ),
    plant(
        *("UE-5.1.2.4-05", "an IPv4 Home Address of the UE's own choice", IPV6, "BU 1"),
        ue={"signals": {"BU 1": with_option_fields(MipIpv4HomeAddress, hoa=SOME_IPV4)}},
    ),
    plant(
        *("UE-5.1.2.4-06", "no Alternate Care-of Address", IPV6, "BU 1"),
        ue={"signals": {"BU 1": without_options(MipAlternateCareOf)}},
    ),
    plant(
        *("UE-5.1.2.4-07", "an Alternate Care-of Address that is not the source", IPV6, "BU 1"),
        ue={"signals": {"BU 1": with_option_fields(MipAlternateCareOf, coa=ELSEWHERE)}},
        passes=("HA-5.1.3.2-01",),
    ),
    plant(
        *("UE-5.1.2.4-09", "a BU from IPv4 without UDP", IPV4, "BU 1"),
        ue={"signals": {"BU 1": with_outer(ports=None)}},
        facts=AT_HA,
    ),
    plant(
        *("UE-5.1.2.4-10", "a BU to another IPv4 address than the HA's", IPV4, "BU 1"),
        ue={"signals": {"BU 1": with_outer(destination=WRONG_HA_IPV4)}},
        facts=AT_HA,
    ),
    plant(
        *("UE-5.1.2.4-11", "no IPv4 Care-of Address", IPV4, "BU 1"),
        ue={"signals": {"BU 1": without_options(MipIpv4CareOf)}},
        facts=AT_HA,
    ),
    plant(
        *("UE-5.1.2.4-13", "A = 0 from IPv4", IPV4, "BU 1"),
        ue={"signals": {"BU 1": with_flags("HKR")}},
        facts=AT_HA,
    ),
    plant(
        *("UE-5.1.2.4-14", "F = 1", NAT, "BU 1"),
        ue={"signals": {"BU 1": with_flags("AHKRF")}},
    ),
    plant(
        *("UE-5.1.2.4-15", "R = 0", NAT, "BU 1"),
        ue={"signals": {"BU 1": with_flags("AHK")}},
    ),
    plant(
        *("UE-5.1.2.4-16", "from IPv4, an IPv4 Home Address of the UE's own choice", NAT, "BU 1"),
        ue={"signals": {"BU 1": with_option_fields(MipIpv4HomeAddress, hoa=SOME_IPV4)}},
    ),
)
