"""Flow options for scapy: RFC 6089 (flow identification, summary), RFC 7109 (action, target)."""

from __future__ import annotations

from typing import Any, ClassVar

from scapy.fields import ByteField, FieldLenField, FieldListField, ShortField, StrLenField

from dissectors.scapy_layers.layer import AddressField, AutopadField, Item, Layer, OptionsField, choose
from dissectors.scapy_layers.selectors import SELECTORS, Bounds, ipv4_bounds, ipv6_bounds

SUB_OPTIONS_AT = 8
"""From the start of option 45, which itself stands at an even byte."""


class FlowPad1(Item):
    """One byte."""

    name = "Pad1 sub-option"
    fields_desc: ClassVar[list[Any]] = [ByteField("otype", 0)]


class FlowPadN(Item):
    """Two bytes and more."""

    name = "PadN sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 1),
        FieldLenField("olen", None, length_of="data", fmt="B"),
        StrLenField("data", b"", length_from=lambda pkt: pkt.olen),
    ]


class FlowBindingReference(Item):
    """RFC 6089 section 4.2.1.3."""

    name = "Binding Reference sub-option"
    alignment: ClassVar[tuple[int, int]] = (2, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 2),
        FieldLenField("olen", None, length_of="bids", fmt="B"),
        FieldListField("bids", [], ShortField("", 0), length_from=lambda pkt: pkt.olen),
    ]


class SelectorField(StrLenField):  # type: ignore[misc]  # scapy is untyped
    """A selector as a layer, or as bytes where its format is not known."""

    def m2i(self, pkt: Any, x: bytes) -> Layer | bytes:
        selector = SELECTORS.get(pkt.ts_format)
        return selector(x) if selector else x

    def i2repr(self, _pkt: Any, x: Any) -> str:
        return repr(x)


class FlowTrafficSelector(Item):
    """RFC 6089 section 4.2.1.4; :func:`ipv4_selector` and :func:`ipv6_selector` make one."""

    name = "Traffic Selector sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 3),
        FieldLenField("olen", None, length_of="selector", fmt="B", adjust=lambda pkt, size: size + 2),
        ByteField("ts_format", 1),
        ByteField("reserved", 0),
        SelectorField("selector", b"", length_from=lambda pkt: max(0, pkt.olen - 2)),
    ]


class FlowAction(Item):
    """RFC 7109 section 6.2.1."""

    name = "Flow Binding Action sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 4),
        ByteField("olen", 2),
        ByteField("reserved", 0),
        ByteField("action", 11),
    ]


class FlowTarget(Item):
    """RFC 7109 section 6.2.2; ``coa`` is an IPv4 or an IPv6 address."""

    name = "Target Care-of Address sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 5),
        FieldLenField("olen", None, length_of="coa", fmt="B", adjust=lambda pkt, size: size + 2),
        ShortField("reserved", 0),
        AddressField("coa", "::", length_from=lambda pkt: max(0, pkt.olen - 2)),
    ]


class FlowUnknown(Item):
    """Any other sub-option."""

    name = "Unknown sub-option"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 255),
        FieldLenField("olen", None, length_of="data", fmt="B"),
        StrLenField("data", b"", length_from=lambda pkt: pkt.olen),
    ]


SUB_OPTIONS: dict[int, type[Item]] = {
    0: FlowPad1,
    1: FlowPadN,
    2: FlowBindingReference,
    3: FlowTrafficSelector,
    4: FlowAction,
    5: FlowTarget,
}


class MipFlowSummary(Item):
    """Option 44 (RFC 6089 section 4.2.2)."""

    name = "Flow Summary option"
    alignment: ClassVar[tuple[int, int]] = (2, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 44),
        FieldLenField("olen", None, length_of="fids", fmt="B"),
        FieldListField("fids", [], ShortField("", 0), length_from=lambda pkt: pkt.olen),
    ]


class MipFlowIdentification(Item):
    """Option 45 (RFC 6089 section 4.2); with ``autopad=0`` the sub-options go out as they are."""

    name = "Flow Identification option"
    alignment: ClassVar[tuple[int, int]] = (2, 0)
    fields_desc: ClassVar[list[Any]] = [
        ByteField("otype", 45),
        FieldLenField("olen", None, length_of="suboptions", fmt="B", adjust=lambda pkt, size: size + 6),
        ShortField("fid", 1),
        ShortField("priority", 1),
        ByteField("reserved", 0),
        ByteField("status", 0),
        AutopadField(),
        OptionsField(
            "suboptions",
            lambda data: choose(data, SUB_OPTIONS, FlowUnknown),
            SUB_OPTIONS_AT,
            (FlowPad1, FlowPadN),
            lambda pkt: pkt.olen - 6,
        ),
    ]


def ipv4_selector(**bounds: Bounds) -> FlowTrafficSelector:
    """A sub-option with an IPv4 selector: ``ipv4_selector(src="198.51.100.7", sport=443, dport=(1000, 2000))``."""
    return FlowTrafficSelector(ts_format=1, selector=ipv4_bounds(**bounds))


def ipv6_selector(**bounds: Bounds) -> FlowTrafficSelector:
    """A sub-option with an IPv6 selector, as :func:`ipv4_selector`; names src dst spi label sport dport tclass nh."""
    return FlowTrafficSelector(ts_format=2, selector=ipv6_bounds(**bounds))
