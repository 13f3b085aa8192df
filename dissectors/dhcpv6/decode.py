"""Decoding DHCPv6 messages: RFC 8415 sections 8 and 9; relayed ones and options inside options to a bounded depth."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address

from dissectors.buffer import DissectError, Reader, Record
from dissectors.detail import expect_end, ipv6_text, word
from dissectors.dhcpv6.home import HOME, draft_home_information, is_draft
from dissectors.dhcpv6.messages import (
    Dhcpv6,
    Dhcpv6Message,
    DraftHomeInformation,
    HomeNetworkInformation,
    IaAddress,
    IaNa,
    IaPd,
    IaPrefix,
    IaTa,
    OpaqueOption,
    Option,
    RelayedMessage,
    RelayMessage,
)
from dissectors.dhcpv6.plain import PLAIN, lifetime_text
from dissectors.dhcpv6.registry import RELAYED, HomeForm, MessageType, OptionCode
from dissectors.dhcpv6.text import option_text
from dissectors.events import Malformed
from dissectors.ip_numbers import hex32
from dissectors.record import record

DEEPEST = 24
"""Options and messages inside one another. RFC 8415 section 7.6 lets 8 relays in, RFC 3315 let 32."""


def _hex24(value: int) -> str:
    return f"0x{value:06x}"


RELAY = Record(
    message_type=("B", MessageType), hop_count="B", link_address=("16s", ipv6_text), peer_address=("16s", ipv6_text)
)  # fmt: skip
OPTION = Record(option_code=("H", OptionCode), length="H")
IA = Record(iaid=("I", hex32), t1=("I", lifetime_text), t2=("I", lifetime_text))
IA_TEMPORARY = Record(iaid=("I", hex32))
ADDRESS = Record(
    address=("16s", ipv6_text), preferred_lifetime=("I", lifetime_text), valid_lifetime=("I", lifetime_text)
)  # fmt: skip
PREFIX = Record(
    preferred_lifetime=("I", lifetime_text), valid_lifetime=("I", lifetime_text),
    prefix_length="B", prefix=("16s", ipv6_text),
)  # fmt: skip


@record
class _Context:
    """What all parts of one message share: how to read options 49 and 50, the depth, and the faults in order."""

    form: HomeForm
    faults: list[Malformed]
    depth: int = 0

    def fault(self, r: Reader, error: DissectError) -> Malformed:
        r.malformed(error)
        self.faults.append(Malformed(error.reason, error.offset))
        return self.faults[-1]

    def deeper(self, r: Reader) -> _Context:
        if self.depth == DEEPEST:
            raise r.error("nested too deep")
        return _Context(self.form, self.faults, self.depth + 1)


def decode_dhcpv6(r: Reader, form: HomeForm = HomeForm.BY_EVIDENCE) -> Dhcpv6:
    """The DHCPv6 message at ``r``, to its end. Never raises.

    An option without its code's form is kept as bytes; one that overruns ends the list it stands in. ``form`` settles
    what options 49 and 50 mean, where the bytes alone should not.
    """
    return _message(r, form, 0)


def _message(r: Reader, form: HomeForm, depth: int) -> Dhcpv6:
    """A message has its own faults, also where it is relayed in another."""
    c = _Context(form, [], depth)
    if r.left and r.peek(1)[0] in RELAYED and r.left >= RELAY.size:
        kind, hops, link, peer = r.read(RELAY)
        options = _options(r, c)
        fault = c.faults[0] if c.faults else None
        return RelayMessage(kind, hops, IPv6Address(link), IPv6Address(peer), options, fault)
    if r.left < 4 or r.peek(1)[0] in RELAYED:
        return _cut(r, c)
    kind, transaction = r.number("message_type", 1, MessageType), r.number("transaction_id", 3, _hex24)
    options = _options(r, c)
    return Dhcpv6Message(kind, transaction, options, c.faults[0] if c.faults else None)


def _cut(r: Reader, c: _Context) -> Dhcpv6Message:
    """A header that is not whole; of a relay's, all but the type is then missing."""
    kind = r.peek(1)[0] if r.left else 0
    size = RELAY.size if kind in RELAYED else 4
    fault = c.fault(r, r.error(f"DHCPv6 header is {size} bytes, {r.left} are there"))
    r.rest("undissected")
    return Dhcpv6Message(kind, 0, malformed=fault)


def _options(r: Reader, c: _Context) -> tuple[Option, ...]:
    options: list[Option] = []
    while r.left:
        try:
            part = _part(r)
        except DissectError as error:
            options.append(_overrun(r, c.fault(r, error)))
            break
        options.append(_option(part, c))
    return tuple(options)


def _part(r: Reader) -> Reader:
    ahead = r.peek(4)
    if len(ahead) < 4:
        raise r.error(f"option header is 4 bytes, {r.left} left")
    size = 4 + (ahead[2] << 8 | ahead[3])
    if size > r.left:
        raise r.error(f"option is {size} bytes, {r.left} are left")
    return r.part("option", size)


def _overrun(r: Reader, fault: Malformed) -> OpaqueOption:
    """What is there of an option that ends beyond its list."""
    code = int.from_bytes(r.peek(2))
    return OpaqueOption(code, r.rest("undissected")[4:], fault)


def _option(part: Reader, c: _Context) -> Option:
    code, _ = part.read(OPTION)
    start = part.pos
    option: Option
    try:
        option = _decode(part, code, c)
        expect_end(part)
    except DissectError as error:
        fault = c.fault(part, error)
        part.rest("undissected")
        option = OpaqueOption(code, part.data[start : part.end], fault)
    return word(part, option, lambda o: option_text(code, o))


def _decode(r: Reader, code: int, c: _Context) -> Option:
    if code in NESTED:
        return NESTED[code](r, c)
    decode = PLAIN.get(code) or HOME.get(code)
    return decode(r) if decode else OpaqueOption(code, r.rest("data"))


def _ia_na(r: Reader, c: _Context) -> IaNa:
    iaid, t1, t2 = r.read(IA)
    return IaNa(iaid, t1, t2, _options(r, c.deeper(r)))


def _ia_ta(r: Reader, c: _Context) -> IaTa:
    (iaid,) = r.read(IA_TEMPORARY)
    return IaTa(iaid, _options(r, c.deeper(r)))


def _ia_pd(r: Reader, c: _Context) -> IaPd:
    iaid, t1, t2 = r.read(IA)
    return IaPd(iaid, t1, t2, _options(r, c.deeper(r)))


def _ia_address(r: Reader, c: _Context) -> IaAddress:
    address, preferred, valid = r.read(ADDRESS)
    return IaAddress(IPv6Address(address), preferred, valid, _options(r, c.deeper(r)))


def _ia_prefix(r: Reader, c: _Context) -> IaPrefix:
    at = r.pos
    preferred, valid, length, prefix = r.read(PREFIX)
    if length > 128:
        raise r.error(f"prefix length {length}", at + 8)
    return IaPrefix(IPv6Address(prefix), length, preferred, valid, _options(r, c.deeper(r)))


def _relayed(r: Reader, c: _Context) -> RelayedMessage:
    message = _message(r, c.form, c.deeper(r).depth)
    if message.malformed:
        c.faults.append(message.malformed)
    return RelayedMessage(message)


def _identifier(r: Reader, c: _Context) -> Option:
    code = OptionCode.MIP6_HNIDF
    if is_draft(code, r.peek(r.left), c.form):
        return _draft(r, code)
    return HOME[code](r)


def _visited(r: Reader, c: _Context) -> Option:
    code = OptionCode.MIP6_VDINF
    if is_draft(code, r.peek(r.left), c.form):
        return _draft(r, code)
    return HomeNetworkInformation(code, _options(r, c.deeper(r)))


def _draft(r: Reader, code: int) -> DraftHomeInformation:
    r.note("form", HomeForm.DRAFT.value)
    return draft_home_information(r, code)


def _identified(r: Reader, c: _Context) -> HomeNetworkInformation:
    return HomeNetworkInformation(OptionCode.MIP6_IDINF, _options(r, c.deeper(r)))


def _unrestricted(r: Reader, c: _Context) -> HomeNetworkInformation:
    return HomeNetworkInformation(OptionCode.MIP6_UDINF, _options(r, c.deeper(r)))


NESTED: dict[int, Callable[[Reader, _Context], Option]] = {
    OptionCode.IA_NA: _ia_na,
    OptionCode.IA_TA: _ia_ta,
    OptionCode.IAADDR: _ia_address,
    OptionCode.IA_PD: _ia_pd,
    OptionCode.IAPREFIX: _ia_prefix,
    OptionCode.RELAY_MSG: _relayed,
    OptionCode.MIP6_HNIDF: _identifier,
    OptionCode.MIP6_VDINF: _visited,
    OptionCode.MIP6_IDINF: _identified,
    OptionCode.MIP6_UDINF: _unrestricted,
}
"""Options that hold others, and the two that have two meanings."""
