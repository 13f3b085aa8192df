"""Field by field agreement with tshark: the same fields at the same places, on real captures and on built messages.

tshark's PDML gives every field with its place and bytes. Protected payloads are taken as tshark decrypted them.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import dpkt
import pytest

from dissectors.buffer import Reader
from dissectors.ikev2.decode import decode_chain, decode_ike
from dissectors.ikev2.messages import Encrypted, Identification, IkeMessage, Payload, TrafficSelectors
from dissectors.ikev2.notify import nat_detection_hash
from dissectors.ikev2.registry import NotifyType
from dissectors.tree import Field, Tracer

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")

# What tshark calls a field, and what the tree calls it. Several names on one side are compared in order of appearance.
SAME: list[tuple[set[str], set[str]]] = [
    ({"isakmp.ispi"}, {"initiator_spi"}),
    ({"isakmp.rspi"}, {"responder_spi"}),
    ({"isakmp.nextpayload"}, {"next_payload", "last_substruc"}),
    ({"isakmp.version"}, {"version"}),
    ({"isakmp.exchangetype"}, {"exchange_type"}),
    ({"isakmp.flags"}, {"flags"}),
    ({"isakmp.messageid"}, {"message_id"}),
    ({"isakmp.length", "isakmp.cfg.attr.length", "eap.len", "eap.aka.subtype.len"}, {"length"}),
    ({"isakmp.typepayload"}, {"payload", "proposal", "transform"}),
    ({"isakmp.criticalpayload"}, {"critical"}),
    ({"isakmp.payloadlength"}, {"payload_length", "proposal_length", "transform_length"}),
    ({"isakmp.prop.number"}, {"proposal_num"}),
    ({"isakmp.prop.protoid", "isakmp.notify.protoid", "isakmp.delete.protoid"}, {"protocol_id"}),
    ({"isakmp.spisize"}, {"spi_size"}),
    ({"isakmp.spinum"}, {"num_of_spis"}),
    ({"isakmp.spi", "isakmp.delete.spi"}, {"spi"}),
    ({"isakmp.prop.transforms"}, {"num_transforms"}),
    ({"isakmp.tf.type"}, {"transform_type"}),
    (
        {"isakmp.tf.id.encr", "isakmp.tf.id.prf", "isakmp.tf.id.integ", "isakmp.tf.id.dh", "isakmp.tf.id.esn"},
        {"transform_id"},
    ),
    ({"isakmp.ike2.attr.type", "isakmp.cfg.attr.type"}, {"attribute_type"}),
    ({"isakmp.ike2.attr.value"}, {"attribute_value"}),
    ({"isakmp.key_exchange.dh_group"}, {"key_exchange_method"}),
    ({"isakmp.key_exchange.data"}, {"key_exchange_data"}),
    ({"isakmp.nonce", "isakmp.notify.data.redirect.nonce_data"}, {"nonce_data"}),
    ({"isakmp.id.type"}, {"id_type"}),
    ({"isakmp.id.data"}, {"identification_data"}),
    ({"isakmp.cert.encoding", "isakmp.certreq.type"}, {"cert_encoding"}),
    ({"isakmp.cert.data"}, {"certificate_data"}),
    ({"isakmp.ike.certreq.authority"}, {"sha1_of_public_key"}),
    ({"isakmp.auth.method"}, {"auth_method"}),
    ({"isakmp.auth.data"}, {"authentication_data"}),
    ({"isakmp.auth.data.sig.asn1.len"}, {"asn1_length"}),
    ({"isakmp.auth.data.sig.asn1.data"}, {"algorithm_identifier"}),
    ({"isakmp.auth.data.sig.value"}, {"signature_value"}),
    ({"isakmp.notify.msgtype"}, {"notify_message_type"}),
    ({"isakmp.notify.data"}, {"notification_data"}),
    ({"isakmp.notify.data.accepted_dh_group"}, {"accepted_key_exchange_method"}),
    ({"isakmp.notify.data.auth_lifetime"}, {"auth_lifetime"}),
    ({"isakmp.notify.data.ipcomp.cpi"}, {"cpi"}),
    ({"isakmp.notify.data.redirect.gw_ident.type"}, {"gw_identity_type"}),
    ({"isakmp.notify.data.redirect.gw_ident.len"}, {"gw_identity_length"}),
    (
        {f"isakmp.notify.data.redirect.{side}_resp_gw_ident.{form}"
         for side in ("new", "org") for form in ("ipv4", "ipv6", "fqdn")},
        {"gw_identity"},
    ),
    ({"isakmp.notify.data.ticket_opaque.lifetime"}, {"lifetime"}),
    ({"isakmp.notify.data.ticket_opaque.data"}, {"ticket"}),
    ({"isakmp.notify.data.ha.expected_send_req_message_id"}, {"expected_send_message_id"}),
    ({"isakmp.notify.data.ha.expected_recv_req_message_id"}, {"expected_recv_message_id"}),
    ({"isakmp.notify.data.signature_hash_algorithms"}, {"hash_algorithm"}),
    ({"isakmp.notify.priv.3gpp.device_identity_type"}, {"identity_type"}),
    ({"isakmp.vid_bytes"}, {"vendor_id"}),
    ({"isakmp.ts.number"}, {"number_of_ts"}),
    ({"isakmp.ts.type"}, {"ts_type"}),
    ({"isakmp.ts.protoid"}, {"ip_protocol_id"}),
    ({"isakmp.ts.selector_length"}, {"selector_length"}),
    ({"isakmp.ts.start_port"}, {"start_port"}),
    ({"isakmp.ts.end_port"}, {"end_port"}),
    ({"isakmp.ts.start_ipv4", "isakmp.ts.start_ipv6"}, {"starting_address"}),
    ({"isakmp.ts.end_ipv4", "isakmp.ts.end_ipv6"}, {"ending_address"}),
    ({"isakmp.cfg.type"}, {"cfg_type"}),
    ({"isakmp.cfg.attr", "eap.aka.subtype.attribute"}, {"attribute"}),
    (
        {
            "isakmp.cfg.attr.internal_ip4_address", "isakmp.cfg.attr.internal_ip6_address",
            "isakmp.cfg.attr.internal_ip4_dns", "isakmp.cfg.attr.internal_ip6_dns",
            "isakmp.cfg.attr.internal_ip4_netmask", "isakmp.cfg.attr.internal_ip4_nbns",
            "isakmp.cfg.attr.internal_ip4_dhcp", "isakmp.cfg.attr.internal_ip6_dhcp",
            "isakmp.cfg.attr.internal_ip6_nbns", "isakmp.cfg.attr.internal_ip4_subnet_ip",
            "isakmp.cfg.attr.internal_ip6_subnet_ip", "isakmp.cfg.attr.internal_ip6_prefix_ip",
            "isakmp.cfg.attr.p_cscf_ip4_address", "isakmp.cfg.attr.p_cscf_ip6_address",
        },
        {"address"},
    ),
    (
        {
            "isakmp.cfg.attr.internal_ip6_address.prefix", "isakmp.cfg.attr.internal_ip6_subnet_prefix",
            "isakmp.cfg.attr.internal_ip6_prefix_length",
        },
        {"prefix_length"},
    ),
    ({"isakmp.cfg.attr.internal_ip4_subnet_netmask"}, {"netmask"}),
    ({"isakmp.cfg.attr.application_version"}, {"text"}),
    ({"isakmp.frag.number"}, {"fragment_number"}),
    ({"isakmp.frag.total"}, {"total_fragments"}),
    ({"eap.code"}, {"code"}),
    ({"eap.id"}, {"identifier"}),
    ({"eap.type", "eap.aka.subtype.type"}, {"type"}),
    ({"eap.aka.subtype"}, {"subtype"}),
    ({"eap.identity.actual_len"}, {"actual_length"}),
    ({"eap.desired_type"}, {"desired_type"}),
]  # fmt: skip


@dataclass
class Seen:
    """One IKE message as tshark shows it: the fields of the packet, and those of the decrypted payloads."""

    frame: int
    data: bytes
    clear: list[ElementTree.Element]
    opened: list[ElementTree.Element] = field(default_factory=list)
    base: int = 0
    plain: bytes = b""
    joined: bool = False


def _tshark(capture: Path, keys: list[str]) -> list[Seen]:
    options = [part for line in keys for part in ("-o", f"uat:ikev2_decryption_table:{line}")]
    command = ["tshark", "-n", "-r", str(capture), *options, "-Y", "isakmp", "-T", "pdml"]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    frames = _frames(capture)
    messages = [_seen(packet, frames) for packet in ElementTree.fromstring(output).iter("packet")]
    assert messages, f"tshark shows no IKE message in {capture}"
    return messages


def _frames(capture: Path) -> list[bytes]:
    with capture.open("rb") as file:
        return [data for _, data in dpkt.pcap.UniversalReader(file)]


def _seen(packet: ElementTree.Element, frames: list[bytes]) -> Seen:
    number = next(int(f.get("show", "0")) for f in packet.iter("field") if f.get("name") == "num")
    proto = next(p for p in packet.iter("proto") if p.get("name") == "isakmp")
    start, size = int(proto.get("pos", "0")), int(proto.get("size", "0"))
    seen = Seen(number, frames[number - 1][start : start + size], list(proto), base=start)
    for item in proto.iter("field"):
        names = [f.get("name") for f in item]
        if "isakmp.fragments" in names:  # the joined fragments' payloads stand behind it
            seen.opened = list(item)[names.index("isakmp.fragments") + 1 :]
            seen.joined = True
        elif item.get("name") == "isakmp.enc.contained" and item.find("field") is not None:
            seen.opened = list(item)
    seen.plain = b"".join(bytes.fromhex(f.get("value", "")) for f in seen.opened)
    return seen


def _below(fields: list[ElementTree.Element], without: list[ElementTree.Element]) -> Iterator[ElementTree.Element]:
    for item in fields:
        if item not in without and (item.tag == "field" or item.get("name") == "eap"):
            yield item
            yield from _below(list(item), without)


def _theirs(fields: list[ElementTree.Element], names: set[str], base: int = 0) -> list[tuple[int, int]]:
    found = [f for f in fields if f.get("name") in names and f.get("size") != "0"]
    return [(int(f.get("pos", "0")) - base, int(f.get("size", "0"))) for f in found]


def _ours(tree: Field, names: set[str]) -> list[tuple[int, int]]:
    return [(f.offset, f.size) for f in tree.walk() if f.name in names and f.size]


def _agree(seen: Seen) -> None:
    trace = Tracer(seen.data)
    message = decode_ike(trace)
    assert message.malformed is None
    clear = list(_below(seen.clear, without=seen.opened))
    for theirs, ours in SAME:
        assert _ours(trace.field, ours) == _theirs(clear, theirs, seen.base), (seen.frame, theirs)
    if seen.opened:
        trace = Tracer(seen.plain)
        _, fault = decode_chain(trace, _first(seen))
        assert fault is None
        opened = list(_below(seen.opened, without=[]))
        for theirs, ours in SAME:
            if seen.joined and theirs == {"isakmp.typepayload"}:
                continue  # tshark counts these, and only these, from the frame instead of the joined bytes
            assert _ours(trace.field, ours) == _theirs(opened, theirs), (seen.frame, theirs)


def _first(seen: Seen) -> int:
    first = seen.opened[0]
    return int(first.get("show", "0"))


def _opened(captures: Path, name: str, table: str, lines: int | None = None) -> list[Seen]:
    keys = (captures / table).read_text().splitlines()
    return _tshark(captures / name, [line for line in keys if line and not line.startswith("#")][:lines])


STRONGSWAN = ("strongswan-ipv4/capture.pcapng", "strongswan-ipv4/ikev2_decryption_table", 1)


@pytest.mark.parametrize(
    ("name", "table", "lines", "opened"),
    [
        (*STRONGSWAN, 17),  # one key line: tshark takes the second for the same SA, which is that of the rekeyed one
        ("wireshark/ikev2-decrypt-aes128ccm12.pcap", "wireshark/ikev2_decryption_table", None, 3),
        ("wireshark/ikev2-decrypt-aes256cbc.pcapng", "wireshark/ikev2_decryption_table", None, 2),
        ("wireshark/ikev2-decrypt-aes256gcm16.pcap", "wireshark/ikev2_decryption_table", None, 3),
    ],
)
def test_fields_stand_where_tshark_sees_them_with_the_protected_ones(
    captures: Path, name: str, table: str, lines: int | None, opened: int
) -> None:
    messages = _opened(captures, name, table, lines)
    for seen in messages:
        _agree(seen)
    assert sum(1 for seen in messages if seen.plain) == opened


@pytest.mark.parametrize("name", ["tcpdump/ikev2four.pcap", "ikev2-other/both-ends-start.pcap"])
def test_fields_stand_where_tshark_sees_them_without_keys(captures: Path, name: str) -> None:
    for seen in _tshark(captures / name, []):
        _agree(seen)


def _values(payloads: tuple[Payload, ...]) -> dict[str, list[str]]:
    """What messages say, in tshark's words; the tree is not asked."""
    out: dict[str, list[str]] = {"isakmp.id.text": [], "isakmp.ts.start": [], "isakmp.ts.end": []}
    for payload in payloads:
        if isinstance(payload, Identification):
            out["isakmp.id.text"].append(payload.text)
        if isinstance(payload, TrafficSelectors):
            out["isakmp.ts.start"] += [str(s.start) for s in payload.selectors]
            out["isakmp.ts.end"] += [str(s.end) for s in payload.selectors]
    return out


def test_identities_and_selectors_read_as_tshark_prints_them(captures: Path) -> None:
    names = {
        "isakmp.id.data.fqdn": "isakmp.id.text",
        "isakmp.id.data.user_fqdn": "isakmp.id.text",
        "isakmp.id.data.ipv4_addr": "isakmp.id.text",
        "isakmp.ts.start_ipv4": "isakmp.ts.start",
        "isakmp.ts.start_ipv6": "isakmp.ts.start",
        "isakmp.ts.end_ipv4": "isakmp.ts.end",
        "isakmp.ts.end_ipv6": "isakmp.ts.end",
    }
    checked = 0
    for seen in _opened(captures, *STRONGSWAN):
        if not seen.opened:
            continue
        payloads, _ = decode_chain(Reader(seen.plain), _first(seen))
        expected: dict[str, list[str]] = {name: [] for name in names.values()}
        for item in _below(seen.opened, without=[]):
            if item.get("name") in names:
                expected[names[item.get("name", "")]].append(item.get("show", ""))
        assert _values(payloads) == expected
        checked += sum(map(len, expected.values()))
    assert checked > 20


def test_nat_detection_hashes_of_a_path_without_nat_are_those_of_its_addresses(captures: Path) -> None:
    frame = _frames(captures / "strongswan-ipv4/capture.pcapng")[0]
    packet = dpkt.ethernet.Ethernet(frame).data
    message = decode_ike(Reader(bytes(packet.data.data)))
    notify = message.notify(NotifyType.NAT_DETECTION_DESTINATION_IP)
    assert notify is not None
    spis = (message.initiator_spi, message.responder_spi)
    assert notify.data == nat_detection_hash(*spis, IPv4Address(packet.dst), packet.data.dport)
    assert notify.data != nat_detection_hash(*spis, IPv4Address(packet.dst), packet.data.dport + 1)


def test_robustness_captures_decode_and_say_what_is_wrong(captures: Path) -> None:
    said = {}
    for path in sorted((captures / "robustness").glob("i*k*.pcap")):
        udp = _frames(path)[0][14 + 20 + 8 :]
        message = decode_ike(Reader(udp))
        assert decode_ike(Tracer(udp)) == message
        said[path.name] = str(message.malformed)
    assert said == {
        "ikev2-id-normal.pcap": "39 bytes behind the last payload at byte 37",
        "ikev2-id-short.pcap": "43 bytes behind the last payload at byte 33",
        "isakmp-delete-segfault.pcap": "IKE major version 11 at byte 17",
        "isakmp-pointer-loop.pcap": "IKE major version 1 at byte 17",
    }


# Built messages: what the captures do not hold, in clear IKE messages that tshark decodes too.

HA = IPv6Address("2001:db8:ffff::2").packed
HOA = IPv6Address("2001:db8:1:2::10").packed


def _notify(kind: int, data: bytes = b"", spi: bytes = b"", protocol: int = 0) -> tuple[int, bytes]:
    return 41, struct.pack(">BBH", protocol, len(spi), kind) + spi + data


def _attribute(kind: int, value: bytes = b"") -> bytes:
    return struct.pack(">HH", kind, len(value)) + value


def _aka(code: int, subtype: int, attributes: str) -> tuple[int, bytes]:
    body = bytes([23, subtype, 0, 0]) + bytes.fromhex(attributes)
    return 48, struct.pack(">BBH", code, 7, 4 + len(body)) + body


CONFIGURATION = (
    b"\x02\0\0\0"
    + _attribute(1, bytes([10, 0, 0, 9]))
    + _attribute(2, bytes([255, 255, 255, 0]))
    + _attribute(3, bytes([192, 0, 2, 53]))
    + _attribute(4, bytes([192, 0, 2, 54]))
    + _attribute(6, bytes([192, 0, 2, 55]))
    + _attribute(7, b"home agent 1.0")
    + _attribute(8, HOA + b"\x40")
    + _attribute(10, HA)
    + _attribute(12, HA)
    + _attribute(13, bytes([10, 0, 0, 0, 255, 0, 0, 0]))
    + _attribute(15, HA + b"\x30")
    + _attribute(18, HA + b"\x40")
    + _attribute(20, bytes([192, 0, 2, 56]))
    + _attribute(21, HA)
)
SELECTORS = bytes.fromhex("02000000 08870028 05000500") + HOA + HOA + bytes.fromhex("0711001001bbffff c0000200c00002ff")
BUILT: dict[str, list[tuple[int, bytes]]] = {
    "redirect to an IPv6 gateway": [_notify(16407, b"\x02\x10" + HA)],
    "redirect to a name, with nonce": [_notify(16407, b"\x03\x07ha.test" + bytes(range(16)))],
    "redirected from an IPv4 gateway": [_notify(16408, b"\x01\x04\xc0\x00\x02\x01")],
    "errors and limits": [_notify(17, b"\0\x0e"), _notify(16403, b"\0\0\x0e\x10"), _notify(16387, b"\0\x02\x03")],
    "tickets": [_notify(16409, b"\0\0\0\x3cticket"), _notify(16422, bytes(range(12)))],
    "ifom and notifications with an SPI": [_notify(16428, protocol=1), _notify(16393, b"", b"\1\2\3\4", 3)],
    "device identity": [_notify(41101, bytes.fromhex("0009 01 5315904040607000"))],
    "configuration": [(47, CONFIGURATION)],
    "selectors for Binding Update and UDP": [(44, SELECTORS), (45, SELECTORS)],
    "deletes": [(42, bytes.fromhex("01000000")), (42, bytes.fromhex("03040002 a1a2a3a4 b1b2b3b4"))],
    "identities": [(35, b"\x03\0\0\0user@example.org"), (36, b"\x05\0\0\0" + HA), (36, b"\x01\0\0\0\xc0\x00\x02\x01")],
    "vendor and unknown": [(43, bytes(range(16)))],
    "Nak": [(48, bytes.fromhex("0207000603 17"))],
    "AKA notification and error": [_aka(1, 12, "0c018000"), _aka(2, 14, "16010000")],
    "AKA challenge": [_aka(1, 1, "01050000" + "11" * 16 + "02050000" + "22" * 16 + "0b050000" + "33" * 16)],
    "AKA answer": [_aka(2, 1, "03030040" + "44" * 8 + "86010000" + "0b050000" + "33" * 16)],
}


def _message(payloads: list[tuple[int, bytes]]) -> bytes:
    kinds = [kind for kind, _ in payloads[1:]] + [0]
    chain = b"".join(
        struct.pack(">BBH", following, 0, len(body) + 4) + body
        for following, (_, body) in zip(kinds, payloads, strict=True)
    )
    return struct.pack(">8s8sBBBBII", b"initiat.", b"respond.", payloads[0][0], 0x20, 35, 8, 1, 28 + len(chain)) + chain


def _write_capture(path: Path, messages: list[bytes]) -> None:
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file, linktype=dpkt.pcap.DLT_RAW)
        for data in messages:
            udp = dpkt.udp.UDP(sport=500, dport=500, data=data, ulen=8 + len(data))
            ip = dpkt.ip.IP(src=b"\xc0\0\2\1", dst=b"\xc0\0\2\2", p=17, data=udp, len=20 + 8 + len(data))
            writer.writepkt(bytes(ip), ts=1)


def test_built_messages_agree_with_tshark_too(tmp_path: Path) -> None:
    capture = tmp_path / "built.pcap"
    _write_capture(capture, [_message(payloads) for payloads in BUILT.values()])
    messages = _tshark(capture, [])
    assert len(messages) == len(BUILT)
    for seen in messages:
        _agree(seen)


def test_encrypted_payloads_tell_where_their_bytes_are(captures: Path) -> None:
    for seen in _tshark(captures / STRONGSWAN[0], [])[2:]:
        message: IkeMessage = decode_ike(Reader(seen.data))
        encrypted = message.encrypted
        assert isinstance(encrypted, Encrypted)
        assert seen.data[encrypted.offset :] == encrypted.body
        assert encrypted.offset == (36 if encrypted.total else 32)
