"""The Mobile IPv6 part of a run: Binding Updates and their answers, user data, Router Advertisements, the way home."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.independent import mip as m
from tests.independent.mip import Mobility, Option
from tests.independent.run import Access, Child, Run, Ue, tunnelled
from tests.independent.wire import Ip, addr, icmp6, ip, ip4, ip6, udp

PEER6, PEER4 = addr("2001:db8:cafe::80"), addr("198.18.0.80")


def bu(
    r: Run,
    u: Ue,
    *,
    access: Access | None = None,
    life: int = 900,
    want4: bool | Ip = False,
    more: list[Option] | None = None,
    bids: list[Option] | None = None,
    flags: int | None = None,
    tag: str = "bu",
    child: Child | None = None,
    at_home: bool = False,
    seq: int | None = None,
    **fields: Any,
) -> Mobility:
    """A Binding Update as the access wants it: registration, refresh, de-registration (``life=0``)."""
    a = access or u.access
    u.sequence = (u.sequence + 1) % 65536 if seq is None else seq
    over6 = a.address.version == 6
    items: list[Option] = []
    if bids is not None:
        items += bids
    elif at_home:
        pass
    elif over6:
        items.append(m.alternate(a.address))
    if want4:
        items.insert(0, m.ip4_home(m.ZERO4 if want4 is True else want4))
    if not over6 and bids is None:
        items.append(m.ip4_care_of(a.address))
    items += more or []
    if flags is None:
        flags = m.A | m.H | m.K | m.R | (m.O if bids is not None and life and not u.update else 0)
    message = Mobility(m.BU, u.hoa, u.ha6, u.sequence, flags, life, items, style=u.habits.style, child=child or u.child)
    message.outer_src, message.outer_dst = a.seen, (u.ha6 if over6 else u.ha4)
    if over6 and not at_home:
        message.hao = u.hoa
    if at_home:
        message.outer_src, message.outer_dst = u.hoa, u.ha6
    if not over6:
        message.encap, message.sport = "udp", a.port(4191)
    for key, value in fields.items():
        setattr(message, key, value)
    message = r.changed(tag, message)
    u.update = (message, a, at_home)
    send(r, u, message, "ue", tag)
    return message


def ba(
    r: Run,
    u: Ue,
    *,
    status: int = 0,
    life: int | None = None,
    home4: Ip | None = None,
    ack4: int = 0,
    more: list[Option] | None = None,
    before: list[Option] | None = None,
    refresh: int = 110,
    tag: str = "ba",
    child: Child | None = None,
    **fields: Any,
) -> Mobility:
    """The answer to the last Binding Update of this UE."""
    update, a, at_home = u.update
    nat = a.public is not None
    asked = any(kind == 29 for kind, _ in update.options)
    items = [*(before or [])]
    if asked:
        items.append(m.ip4_ack(home4 or (m.ZERO4 if ack4 else u.home4 or m.ZERO4), ack4))
    if nat and status < 128 and update.lifetime:
        items.append(m.nat_detection(refresh))
    if status < 128:
        items += [(35, body[:4]) for kind, body in update.options if kind == 35]
        items += [(45, body[:6]) for kind, body in update.options if kind == 45]
    items += more or []
    granted = (update.lifetime if life is None else life) if status < 128 else 0
    flags = (0x80 if update.flags & m.K else 0) | (0x40 if status < 128 else 0)
    message = Mobility(
        m.BA,
        u.ha6,
        u.hoa,
        update.sequence,
        flags,
        granted,
        items,
        status,
        style=u.habits.style,
        child=child or update.child or u.child,
    )
    _answer_to(message, u, a, at_home=at_home)
    for key, value in fields.items():
        setattr(message, key, value)
    message = r.changed(tag, message)
    if message is not None:
        u.udp = nat
        if asked and ack4 < 128 and home4:
            u.home4 = home4
        send(r, u, message, "ha", tag)
    return message


def _answer_to(message: Mobility, u: Ue, a: Access, *, at_home: bool) -> None:
    """How an acknowledgement travels."""
    if a.address.version == 6:
        message.outer_src, message.outer_dst = u.ha6, u.hoa if at_home else a.address
        message.rh2 = None if at_home else u.hoa
        return
    message.outer_src, message.outer_dst = u.ha4, a.seen
    message.encap, message.dport = ("udp", a.port(4191)) if a.public is not None else ("v4", 4191)


def send(r: Run, u: Ue, message: Mobility, sender: str, tag: str, *, at: float | None = None) -> None:
    r.put(packet_of(r, u, message, sender), tag, at=at)


def packet_of(r: Run, u: Ue, message: Mobility, sender: str) -> bytes:
    body, proto = message.body(), 135
    if message.protected:
        child = message.child
        assert isinstance(child, Child)
        if message.tunnel:
            body, proto = ip6(message.src, message.dst, 135, body), 41
        body = r.esp(u, child, sender, body, proto, sequence=message.sequence_of_esp)
        if message.bad_icv:
            body = body[:-1] + bytes([body[-1] ^ 0x55])
        proto = 50
    assert message.outer_src
    assert message.outer_dst
    if message.encap:
        inner = ip6(message.src, message.dst, proto, body, message.first_extension)
        if message.tlv:
            inner = bytes([0, 41]) + len(inner).to_bytes(2, "big") + inner
        if message.encap == "udp":
            return udp(
                message.outer_src, message.sport, message.outer_dst, message.dport, inner, zero=u.habits.zero_sums
            )
        return tunnelled(message.outer_src, message.outer_dst, inner)
    headers = list(message.first_extension)
    if message.rh2:
        headers.append(m.rh2_header(message.rh2))
    if message.hao:
        headers.append(m.hao_header(message.hao, message.hao_style))
    return ip6(message.outer_src, message.outer_dst, proto, body, tuple(headers), flow=0x12345)


def register(
    r: Run, u: Ue, *, home4: Ip | None = None, rtt: float = 0.03, answer: dict[str, Any] | None = None, **how: Any
) -> None:
    """A Binding Update and its answer."""
    bu(r, u, want4=how.pop("want4", home4 is not None), **how)
    r.wait(rtt)
    ba(r, u, home4=home4, **(answer or {}))


def data(
    r: Run,
    u: Ue,
    *,
    n: int = 4,
    gap: float = 0.2,
    way: str = "both",
    inner: int = 6,
    access: Access | None = None,
    encap: str = "",
    src: Ip | None = None,
    tag: str = "data",
    **ports: Any,
) -> None:
    """User data through the tunnel, encapsulated as the binding wants it."""
    for k in range(n):
        for sender in ("ue", "ha") if way == "both" else (way,):
            put_data(r, u, sender, user_packet(u, sender, inner, k, src, **ports), access or u.access, encap, tag)
        r.wait(gap)


def user_packet(
    u: Ue,
    sender: str,
    inner: int,
    k: int = 0,
    src: Ip | None = None,
    *,
    sport: int = 443,
    dport: int = 50123,
    peer: Ip | None = None,
) -> bytes:
    mine = src or (u.hoa if inner == 6 else u.home4)
    theirs = peer or (PEER6 if inner == 6 else PEER4)
    assert mine
    ends = (mine, dport, theirs, sport) if sender == "ue" else (theirs, sport, mine, dport)
    return udp(*ends, b"user data %d" % k * 3)


def put_data(r: Run, u: Ue, sender: str, packet: bytes, a: Access, encap: str, tag: str) -> None:
    here: Ip = a.seen
    there: Ip = u.ha6 if a.address.version == 6 else u.ha4
    udp_wanted = (a.public is not None and a.address.version == 4) if not encap else encap == "udp"
    port = a.port(4191)
    ends = [(here, port), (there, 4191)][:: 1 if sender == "ue" else -1]
    if udp_wanted:
        r.put(udp(*ends[0], *ends[1], packet, zero=u.habits.zero_sums), tag)
    else:
        r.put(tunnelled(ends[0][0], ends[1][0], packet), tag)


# --- links -----------------------------------------------------------------------------------------------------------

ALL_NODES = addr("ff02::1")
ROUTER = addr("fe80::1")


def ra(r: Run, *prefixes: Ip, tag: str = "ra", whole: bool = False, bits: int = 64) -> None:
    infos = [m.prefix_info(p, bits, 0xE0 if whole else 0xC0) for p in prefixes]
    r.put(icmp6(ROUTER, ALL_NODES, 134, m.advertisement(*infos)), tag)


def on_link(a: Access) -> Ip:
    return addr(int(a.address) >> 64 << 64)


def with_ra(r: Run, u: Ue) -> None:
    ra(r, addr(on_link(u.access)))


def keepalive(r: Run, u: Ue, port: int = 4500) -> None:
    r.put(udp(u.access.seen, u.access.port(port), u.ha4, port, b"\xff"), "keepalive")


def noise(r: Run, n: int = 3) -> None:
    """Traffic that has nothing to do with it."""
    for k in range(n):
        r.put(udp(addr("203.0.113.77"), 5353 + k, addr("198.51.100.99"), 123, b"\x23" + bytes(47)), "noise")
        r.put(icmp6(addr("2001:db8:5::1"), addr("2001:db8:5::2"), 128, b"\0\1\0\1ping"), "noise")
        r.put(ip4(addr("203.0.113.77"), addr("198.51.100.98"), 6, bytes(20)), "noise")


# --- discovery -------------------------------------------------------------------------------------------------------

CLIENT, SERVERS, SERVER = addr("fe80::7:7"), addr("ff02::1:2"), addr("fe80::5:5")
HA_APN = "internet.ha-apn.mnc001.mcc001.pub.3gppnetwork.org"
DUID = m.dhcp_option(1, bytes.fromhex("00030001020000000007"))
SERVER_DUID = m.dhcp_option(2, bytes.fromhex("00030001020000000055"))
DNS_SERVER = addr("2001:db8:d::53")


def dhcp(
    r: Run,
    u: Ue,
    *,
    has: list[Ip] | None = None,
    fqdn: str = "",
    draft: bool = False,
    relay: bool = False,
    target: str = HA_APN,
) -> None:
    """Home agent discovery, with the options of RFC 6610 or of the draft before it."""
    xid = r.rng.getrandbits(24)
    name = m.name(target)
    wanted = m.dhcp_option(6, b"\0\x45\0\x17" if not draft else b"\0\x31")
    ident = m.dhcp_option(49, name if not draft else bytes([1]) + m.dhcp_option(1, name))
    ask = r.changed("dhcp_request", m.dhcp6(11, xid, DUID, m.dhcp_option(8, b"\0\0"), wanted, ident))
    parts = [m.dhcp_option(72, m.mapped(a)) for a in has or []] + ([m.dhcp_option(73, m.name(fqdn))] if fqdn else [])
    if draft:
        info = [m.dhcp_option(3, m.mapped(a)) for a in has or []] + ([m.dhcp_option(4, m.name(fqdn))] if fqdn else [])
        offer = m.dhcp_option(49, bytes([1]) + m.dhcp_option(1, name) + b"".join(info))
    else:
        offer = m.dhcp_option(69, m.dhcp_option(49, name) + b"".join(parts))
    give = r.changed("dhcp_reply", m.dhcp6(7, xid, DUID, SERVER_DUID, offer))
    r.put(udp(CLIENT, 546, SERVERS, 547, ask), "dhcp_request")
    if relay:
        agent, server, link = addr("2001:db8:77::1"), addr("2001:db8:d::547"), addr("2001:db8:77::1")
        r.put(udp(agent, 547, server, 547, m.relayed(12, link, CLIENT, ask)), "dhcp_relay")
        r.put(udp(server, 547, agent, 547, m.relayed(13, link, CLIENT, give)), "dhcp_relay_reply")
    r.put(udp(SERVER, 547, CLIENT, 546, give), "dhcp_reply")
    del u


def lookup(
    r: Run,
    u: Ue,
    name: str,
    *,
    a6: list[Ip] | None = None,
    a4: list[Ip] | None = None,
    together: bool = False,
    kinds: tuple[int, ...] = (28, 1),
) -> None:
    """AAAA and A of the Home Agent."""
    answers = {28: [(name, 28, x.packed) for x in a6 or []], 1: [(name, 1, x.packed) for x in a4 or []]}
    here = u.access.address if u.access.address.version == 6 else addr("2001:db8:77::99")
    number, port = r.rng.getrandbits(16), 33000 + r.rng.randrange(9000)
    if together:  # both in flight at once
        for n, kind in enumerate(kinds):
            r.put(udp(here, port + n, DNS_SERVER, 53, m.dns(number + n & 0xFFFF, [(name, kind)])), f"dns_{kind}")
        for n, kind in enumerate(kinds):
            r.put(
                udp(
                    DNS_SERVER,
                    53,
                    here,
                    port + n,
                    m.dns(number + n & 0xFFFF, [(name, kind)], r.changed(f"dnsr_{kind}", answers[kind])),
                ),
                f"dnsr_{kind}",
            )
        return
    for n, kind in enumerate(kinds):
        r.put(udp(here, port + n, DNS_SERVER, 53, m.dns(number ^ n, [(name, kind)])), f"dns_{kind}")
        r.put(
            udp(
                DNS_SERVER,
                53,
                here,
                port + n,
                m.dns(number ^ n, [(name, kind)], r.changed(f"dnsr_{kind}", answers[kind])),
            ),
            f"dnsr_{kind}",
        )


def move(u: Ue, access: Access) -> None:
    u.access = access


__all__ = [n for n in dir() if not n.startswith("__")] + ["ip", "replace"]


def mobility(r: Run, u: Ue, sender: str, kind: int, body: bytes, *, tag: str) -> None:
    """Another Mobility Header message, on the SA for Binding Updates."""
    assert u.child
    ends = (u.hoa, u.ha6)[:: 1 if sender == "ue" else -1]
    data_ = m.mobility_header(*ends, kind, body + bytes(-(6 + len(body)) % 8))
    outer = (u.access.seen, u.ha6)[:: 1 if sender == "ue" else -1]
    header = m.hao_header(u.hoa) if sender == "ue" else m.rh2_header(u.hoa)
    r.put(ip6(*outer, 50, r.esp(u, u.child, sender, data_, 135), (header,)), tag)
