"""Fields and filters beside tshark: names, types, values in every frame, and which frames a filter lets through."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from packets import CAPTURES, SAMPLES, key_options, packets_of, tshark

from analyzer.filters import NO_FACTS, FrameFacts, compile_filter
from analyzer.filters.kinds import Kind, folded
from analyzer.filters.printing import HEXADECIMAL, Columns
from analyzer.filters.registry import FIELDS
from analyzer.filters.spec import FieldSpec
from analyzer.filters.view import View

TYPES = {
    Kind.NUMBER: {"FT_UINT8", "FT_UINT16", "FT_UINT24", "FT_UINT32", "FT_UINT64"},
    Kind.BOOLEAN: {"FT_BOOLEAN"},
    Kind.BYTES: {"FT_BYTES"},
    Kind.STRING: {"FT_STRING"},
    Kind.IPV4: {"FT_IPv4"},
    Kind.IPV6: {"FT_IPv6"},
    Kind.TIME: {"FT_RELATIVE_TIME"},
    Kind.PROTOCOL: {"FT_PROTOCOL", "FT_NONE"},
}
THEIRS = [row for row in FIELDS.values() if not row.ours]


@lru_cache(maxsize=2)
def glossary(which: str) -> list[list[str]]:
    path = shutil.which("tshark")
    if path is None:
        pytest.skip("tshark is not installed")
    done = subprocess.run([path, "-G", which], capture_output=True, check=True)
    return [line.split("\t") for line in done.stdout.decode("utf-8", "replace").split("\n") if line]


def declared() -> dict[str, set[str]]:
    known: dict[str, set[str]] = defaultdict(set)
    for row in glossary("fields"):
        if row[0] in "FP":
            known[row[2]].add(row[3] if row[0] == "F" else "FT_PROTOCOL")
    return known


def test_every_field_that_is_not_ours_is_wiresharks_by_name_and_type() -> None:
    known = declared()
    assert {row.name for row in THEIRS if not known.get(row.name, set()) & TYPES[row.kind]} == set()


def test_no_field_of_ours_has_a_name_that_wireshark_gives() -> None:
    known = declared()
    assert {row.name for row in FIELDS.values() if row.ours and row.name in known} == set()


NAMED = (
    "isakmp.exchangetype", "isakmp.typepayload", "isakmp.notify.msgtype", "isakmp.cfg.attr.type", "isakmp.auth.method",
    "isakmp.tf.type", "isakmp.ts.type", "mip6.mhtype", "dhcpv6.msgtype", "eap.code", "eap.aka.subtype.type",
    "dns.flags.rcode",
)  # fmt: skip
ANOTHERS: dict[str, range] = {
    "isakmp.notify.msgtype": range(46, 47),  # 4.0 calls it CHILD_SA_NOT_FOUND, which is 44
    "dns.flags.rcode": range(11, 1 << 16),  # of extended codes, which have more than 4 bits
}
"""Numbers whose name there is not the registry's."""


@pytest.mark.parametrize("name", NAMED)
def test_wiresharks_name_of_a_number_means_that_number_here(name: str) -> None:
    row = FIELDS[name]
    numbers = {member.value for member in row.registry or ()} - set(ANOTHERS.get(name, ()))
    theirs = {}  # where a field has the names of two versions, those of IKEv2 come last
    for cells in glossary("values"):
        if cells[0] in "RV" and cells[1] == name and (cells[0] == "V" or cells[2] == cells[3]):
            theirs[int(cells[2], 0)] = cells[-1]
    common = numbers & set(theirs)
    assert len(common) >= 3
    assert {n: theirs[n] for n in common if row.names.get(folded(theirs[n])) != n} == {}


Case = tuple[Path, tuple[Path, ...], tuple[str, ...]]


def cases() -> list[Any]:
    strongswan, scapy = CAPTURES / "strongswan-ipv4", CAPTURES / "dsmipv6-scapy"
    found: list[Case] = [
        (
            strongswan / "capture.pcapng",
            (strongswan / "ikev2_decryption_table", strongswan / "esp_sa"),
            (strongswan, 1),
        ),
        *((CAPTURES / name, (), ()) for name in PLAIN),
        *((path, (scapy / "esp_sa",), (scapy, None)) for path in sorted(scapy.glob("*.pcap"))),
        *((SAMPLES / n / "capture.pcap", (SAMPLES / n / "keys",), (SAMPLES / n / "keys", None)) for n in KEYED),
    ]  # type: ignore[list-item]
    return [pytest.param(*case, id=f"{case[0].parent.name}/{case[0].name}") for case in found]


PLAIN = (
    "tcpdump/ipv6_mobility_1.pcap", "tcpdump/ikev2four.pcap", "tcpdump/dhcpv6-ia-na.pcap",
    "ikev2-other/both-ends-start.pcap",
)  # fmt: skip
KEYED = (
    "attach-clean", "attach-redirected", "dsmip-attach-nat", "dsmip-attach-ipv4", "dsmip-ifom", "dsmip-handover",
    "dsmip-discovery-fqdn", "dsmip-configuration", "dsmip-return-home",
)  # fmt: skip
CLOSED_TO_TSHARK = {("strongswan-ipv4", 39)}
"""Frames whose key it does not have: of two rows for one pair of SPIs it takes one."""
COMPARED = [row for row in THEIRS if row.kind is not Kind.TIME and not row.differs]


def shown(row: FieldSpec, value: Any) -> str:
    if row.kind is Kind.BOOLEAN:
        return str(int(value))
    return str(value.hex()) if row.kind is Kind.BYTES else str(value)


def read(row: FieldSpec, text: str) -> str:
    if row.kind is Kind.NUMBER:
        return str(int(text, 0))
    if row.kind is Kind.BOOLEAN:
        return {"True": "1", "False": "0"}.get(text, text)
    return text.replace(":", "").replace("<MISSING>", "") if row.kind is Kind.BYTES else text


def options(keys: Any) -> list[str]:
    return list(key_options(keys[0], most=keys[1])) if keys else []


@pytest.mark.parametrize(("capture", "keys", "tables"), cases())
def test_every_value_of_every_field_is_tsharks(capture: Path, keys: tuple[Path, ...], tables: Any) -> None:
    if not capture.exists():
        pytest.skip("the capture is not here")
    packets = packets_of(capture, *keys)
    names = [part for row in COMPARED for part in ("-e", row.name)]
    lines = tshark(
        "-r", capture, *options(tables), "-T", "fields", "-E", "separator=/t", "-E", "aggregator=\x1f", *names
    )  # fmt: skip
    assert len(lines) == len(packets)
    wrong = []
    for packet, line in zip(packets, lines, strict=True):
        view = View(packet, NO_FACTS)
        for row, cell in zip(COMPARED, line.split("\t"), strict=True):
            values = row.extract(view)
            if row.kind is Kind.PROTOCOL:
                same = bool(values) == bool(cell)
            else:
                expected = sorted(read(row, part) for part in cell.split("\x1f")) if cell else []
                same = sorted(shown(row, value) for value in values) == expected
            if not same and (capture.parent.name, packet.number) not in CLOSED_TO_TSHARK:
                wrong.append((packet.number, row.name, values, cell))
    assert wrong == []


PRINTED = [row for row in THEIRS if row.kind is not Kind.PROTOCOL and not row.differs]


@pytest.mark.parametrize(("capture", "keys", "tables"), cases()[:1] + cases()[-6:])
def test_rows_of_fields_are_printed_as_tshark_prints_them(capture: Path, keys: tuple[Path, ...], tables: Any) -> None:
    """To the digit; only the order of a field's values is our own: those of what was decrypted come last."""
    if not capture.exists():
        pytest.skip("the capture is not here")
    packets = packets_of(capture, *keys)
    names = [part for row in PRINTED for part in ("-e", row.name)]
    lines = tshark("-r", capture, *options(tables), "-T", "fields", "-E", "aggregator=\x1f", *names)
    columns, facts = Columns(row.name for row in PRINTED), FrameFacts((), lambda: packets[0].at)
    wrong = []
    for packet, line in zip(packets, lines, strict=True):
        for row, cell, ours in zip(PRINTED, line.split("\t"), columns.of(packet, facts), strict=True):
            theirs = cell.split("\x1f") if cell else []
            if sorted(ours) != sorted(theirs) and (capture.parent.name, packet.number) not in CLOSED_TO_TSHARK:
                wrong.append((packet.number, row.name, ours, theirs))
    assert wrong == []


def test_hexadecimal_are_the_numbers_that_tshark_declares_so() -> None:
    sizes = {"FT_UINT8": 2, "FT_UINT16": 4, "FT_UINT24": 6, "FT_UINT32": 8}
    rows = [cells for cells in glossary("fields") if cells[0] == "F" and cells[2] in FIELDS]
    assert {cells[2]: sizes[cells[3]] for cells in rows if "BASE_HEX" in cells[5]} == HEXADECIMAL


FILTERS = (
    "isakmp.exchangetype == 35",
    "isakmp.exchangetype == 0x23 and not isakmp.flag_r == 1",
    "isakmp.exchangetype == 35 && !(isakmp.flag_i == 0)",
    "isakmp.exchangetype in {34, 36..37}",
    "isakmp.notify.msgtype == 16388 or mip6.bu.h_flag == 1",
    "isakmp.flags & 0x20",
    "isakmp.messageid > 1 and isakmp.messageid <= 3",
    "mip6.bu.h_flag == 1 and ip.src == 203.0.113.5",
    "mip6.bu.lifetime >= 100",
    'mip6.mhtype == "Binding Update"',
    "mipv6 or esp",
    "esp && !mipv6",
    "ip.addr == 192.0.2.0/24",
    "ip.src != 192.0.2.1",
    "ipv6.addr != 2001:db8:ffff::1",
    "!(ipv6.addr == 2001:db8::/32)",
    "ipv6.src == 2001:db8::/32 and ipv6.dst == ff02::/16",
    "any ipv6.addr == 2001:db8:ffff::/48",
    "all udp.port > 500",
    "ip.src == ip.dst",
    "ip.ttl == 64 or ipv6.hlim == 255 and udp",
    "udp.port in {500, 4500, 4191}",
    'isakmp.id.data.user_fqdn contains "mnc001"',
    'isakmp.id.data.user_fqdn matches "^0.*ORG$"',
    "isakmp.ispi == isakmp.rspi",
    "isakmp.rspi == 00:00:00:00:00:00:00:00",
    "isakmp.rspi == 0000000000000000",
    "isakmp.nonce contains 00",
    'frame contains "3gppnetwork"',
    "frame.number in {1..5}",
    "frame.len > 200",
    "frame.time_relative > 0.05 and frame.time_relative < 5",
    "icmpv6.type == 128 or icmp.type == 8",
    "dns.qry.type == 28",
    'dns.qry.name == "time.example.net"',
    "dhcpv6.msgtype == 11",
    "eap.type == 23 and eap.code == 1",
    "ip and ip.proto ne 17",
    "ip.addr !== 192.0.2.1",
    "udp.length lt 50 or isakmp.length ge 300",
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """Two samples in one file, with their keys: tshark takes longest to start, and each filter starts it."""
    folders = [SAMPLES / name for name in ("dsmip-attach-nat", "attach-clean")]
    first, second = ((folder / "capture.pcap").read_bytes() for folder in folders)
    assert first[:24] == second[:24]
    capture = tmp_path_factory.mktemp("both") / "capture.pcap"
    capture.write_bytes(first + second[24:])
    return capture, [folder / "keys" for folder in folders]


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_lets_through_what_it_does_in_tshark(text: str, both: tuple[Path, list[Path]]) -> None:
    capture, keys = both
    tables = [option for folder in keys for option in key_options(folder)]
    chosen = tshark("-r", capture, *tables, "-Y", text, "-T", "fields", "-e", "frame.number")
    packets = packets_of(capture, *keys)
    compiled = compile_filter(text)
    start = Began(packets[0].at)
    assert [p.number for p in packets if compiled.matches(p, start)] == [int(line) for line in chosen]


class Began:
    """Facts of a capture that began then."""

    def __init__(self, start: int) -> None:
        self.start = start

    def findings_of(self, frame: int) -> list[Any]:
        return []
