"""Faults against RFC 6275 (3775), 4877 and 5555 themselves."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from dissectors.scapy_layers.mobility_options import MipIpv4HomeAddress
from samples.generator.codes import Kind
from samples.generator.edits import kept_back, with_fields, with_option_fields
from samples.generator.knobs import HOME_PREFIX, without
from samples.generator.signals import Signal
from samples.planted import courses as faults
from samples.planted.catalogue import plant

IPV6, NAT = "dsmip-attach-ipv6", "dsmip-attach-nat"
BY_PROTOCOL = {"CREATE_CHILD_SA": without(Kind.NOTIFY)}


def _behind(signal: Signal) -> Signal:
    """Two sequence numbers back: behind the last accepted one."""
    return replace(signal, sequence=(signal.sequence - 2) % 0x10000)


def _with_another_payload_protocol(message: bytes) -> bytes:
    return b"\x11" + message[1:]


BASE = (
    plant(
        *("RFC3775-01", "a wrong checksum", IPV6, "BU 1"),
        ue={"signals": {"BU 1": with_fields(wrong_checksum=True)}},
        facts={"capture_point": '"ha"'},
        passes=("HA-5.1.3.2-18",),
    ),
    plant(
        *("RFC3775-02", "a payload protocol other than 59", IPV6, "BU 1"),
        ue={"signals": {"BU 1": with_fields(rewrite=_with_another_payload_protocol)}},
    ),
    plant(
        *("RFC3775-03", "a BU without the Home Address option", IPV6, "BU 1"),
        # Not RFC4877-01: the BU names no Home Address that its SA could exclude.
        ue={"signals": {"BU 1": with_fields(home_header=False)}},
    ),
    plant(
        *("RFC3775-04", "a BA without the type 2 routing header", IPV6, "BA 1"),
        ha={"signals": {"BA 1": with_fields(home_header=False)}},
    ),
    plant(
        *("RFC3775-05", "a BA with another sequence number", IPV6, "BA 1"),
        ha={"signals": {"BA 1": with_fields(sequence=0x0BAD)}},
    ),
    plant(
        *("RFC3775-06", "a refresh with an old sequence number", IPV6, "BU 2"),
        ue={"signals": {"BU 2": _behind}},
        course=faults.refreshed_once,
        passes=("RFC3775-08",),
    ),
    plant(
        *("RFC3775-07", "a BU sent again after 0.3 s", "dsmip-refresh", "BU 2"),
        ue={"first_wait": 0.3},
    ),
    plant(
        *("RFC3775-08", "a stale BU is accepted", IPV6, "BA 2", "BU 2"),
        ue={"signals": {"BU 2": _behind}},
        ha={"statuses": {"BA 2": 0}},
        course=faults.refreshed_once,
        also=("RFC3775-06",),
    ),
    plant(
        # Each Home Address has its SA, so UE-5.1.1-01, UE-5.1.2.2-15 and -16 are met. The HA drops the BU unread
        # (RFC 4301 section 5.2): it owes no answer.
        *("RFC4877-01", "a BU on the SA of another Home Address", IPV6, "BU 1"),
        ue={"signals": {"BU 1": with_fields(home=HOME_PREFIX[0x11])}},
        ha={"signals": {"BA 1": kept_back}},
        course=partial(faults.two_home_addresses, second=HOME_PREFIX[0x11]),
    ),
    plant(
        *("RFC4877-02", "transport mode that was not negotiated", IPV6, "BU 1", "CREATE_CHILD_SA response"),
        ue={"edits": BY_PROTOCOL},
        # Not RFC4303-03: which mode a Mobility Header goes in is RFC4877-02's.
        ha={"edits": BY_PROTOCOL},
    ),
    plant(
        *("RFC5555-01", "a prefix length of 0 in the IPv4 Home Address option", IPV6, "BU 1"),
        ue={"signals": {"BU 1": with_option_fields(MipIpv4HomeAddress, plen=0)}},
    ),
    plant(
        *("RFC5555-02", "silence for longer than the NAT keeps its mapping", NAT, "data IPv4 1 up", "later 1 up"),
        course=faults.long_pause,
    ),
)
