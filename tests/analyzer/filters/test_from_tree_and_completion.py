"""Filters made from a field of the tree, and what may be typed next."""

from __future__ import annotations

import pytest
from packets import sample

from analyzer.field_tree import explain
from analyzer.filters import compile_filter, complete, filter_on
from analyzer.filters.registry import FIELDS
from analyzer.filters.tree_names import known
from dissectors.tree import Field


def node(root: Field, *names: str) -> Field:
    """The first node with these names on its path, in order."""
    for name in names:
        root = next(found for found in root.walk() if found.name == name and found is not root)
    return root


@pytest.mark.parametrize(
    ("frame", "path", "expected"),
    [
        (1, ("ipv4", "source"), "ip.src == 203.0.113.5"),
        (1, ("ipv4", "ttl"), "ip.ttl == 64"),
        (1, ("udp", "destination_port"), "udp.dstport == 500"),
        (1, ("ike", "exchange_type"), "isakmp.exchangetype == 34"),
        (1, ("ike", "flags"), "isakmp.flags == 0x8"),
        (1, ("ike", "payload"), "isakmp.typepayload == 33"),
        (1, ("ike", "notify_message_type"), "isakmp.notify.msgtype == 16406"),
        (13, ("esp",), "esp"),
        (13, ("decrypted_esp", "mobility_header"), "mipv6"),
        (13, ("mobility_header", "type"), "mip6.mhtype == 5"),
        (13, ("mobility_header", "flags"), "mip6.bu.a_flag == 1 && mip6.bu.h_flag == 1 && mip6.bu.k_flag == 1"),
        (13, ("mobility_header", "option", "address"), "mip6.ipv4coa.addr == 192.168.7.20"),
        (14, ("mobility_header", "status"), "mip6.ba.status == 0"),
        (1, ("ike", "payload_length"), ""),
    ],
)
def test_a_field_of_the_tree_becomes_a_filter(frame: int, path: tuple[str, ...], expected: str) -> None:
    packet = sample("dsmip-attach-nat")[frame - 1]
    text = filter_on(packet, node(explain(packet).root, *path))
    assert text.startswith(expected) if expected else text == ""


def test_every_filter_from_the_tree_lets_its_own_packet_through() -> None:
    for name in ("dsmip-ifom", "dsmip-discovery-fqdn"):
        made = 0
        for packet in sample(name)[:30]:
            for field in explain(packet).root.walk():
                text = filter_on(packet, field)
                made += bool(text)
                assert not text or compile_filter(text).matches(packet), text
        assert made > 300


def test_the_names_of_the_tree_lead_to_fields_there_are() -> None:
    assert known() - set(FIELDS) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("isakmp.exch", ["isakmp.exchangetype"]),
        ("exchangety", ["isakmp.exchangetype"]),
        ("esp and mip6.bu.h", ["mip6.bu.h_flag"]),
        ("(verd", ["verdict"]),
        ("verdict == ", ["fail", "inconclusive"]),
        ("role.src == Ip", ['"IPv4 HoA"', '"IPv4 CoA"']),
        ("verdict == f", ["fail"]),
        ("mip6.bu.h_flag == ", ["1", "0"]),
        ("isakmp.notify.msgtype in {16384 COOK", ["COOKIE", "COOKIE2"]),
        ('isakmp.exchangetype == "IKE_A', ['"IKE_AUTH"']),
        ("ip.src == 10.0.0.1 ", ["&&", "||"]),
        ("no.such == ", []),
    ],
)
def test_what_may_be_typed_next(text: str, expected: list[str]) -> None:
    assert [suggestion.text for suggestion in complete(text, len(text))] == expected


def test_a_suggestion_takes_the_place_of_what_was_begun() -> None:
    text = "esp && isakmp.excha == 34"
    suggestion = complete(text, text.index(" =="))[0]
    made = text[: suggestion.start] + suggestion.text + text[suggestion.end :]
    assert made == "esp && isakmp.exchangetype == 34"
    assert suggestion.about


def test_operators_fit_what_the_field_holds() -> None:
    def operators(text: str) -> set[str]:
        return {suggestion.text for suggestion in complete(text, len(text))}

    assert {"==", ">", "in"} <= operators("ip.src ")
    assert "contains" not in operators("ip.src ")
    assert {"contains", "matches"} <= operators("session.nai ")
    assert "==" not in operators("esp ")


def test_every_suggested_value_compiles() -> None:
    for row in FIELDS.values():
        for suggestion in complete(f"{row.name} == ", len(row.name) + 4):
            compile_filter(f"{row.name} == {suggestion.text}")
