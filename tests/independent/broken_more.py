# ruff: noqa: E501
"""The same requirements broken in other ways: PCO, other orders, other places, other ends."""

from __future__ import annotations

import struct
from dataclasses import replace

from tests.independent import ike as i
from tests.independent import mip as m
from tests.independent.attach import attach, auth, child, delete_ike, init, probe, rekey_ike
from tests.independent.compliant import HOME4
from tests.independent.courses import ifom_start, start
from tests.independent.moves import PEER4, PEER6, ba, bu, data, noise, put_data, ra, register, user_packet, with_ra
from tests.independent.pco import create_session
from tests.independent.run import Access, Habits, Run, access4, access6, behind_nat, ue
from tests.independent.violations import (
    AT_HA,
    A,
    B,
    C,
    E,
    F,
    broken,
    course,
    drop,
    drop_notify,
    of,
    other_option,
    put,
    swap,
    with_option,
)
from tests.independent.wire import addr, ip6

S, W = "only secrets, cbc", "wireshark tables, gcm"
IMSI = "001010123456789"
SELECTOR = m.chosen(m.selector4(src=PEER4, proto=6))

# with other key forms and link types
broken("RFC7296-05", "auth_done", S, "child with pfs, only secrets", auth_done=drop(i.SA))
broken("UE-5.1.2.4-15", "bu", W, "sll2, ctr", "ipv4 link type", bu=lambda x: replace(x, flags=x.flags & ~m.R))
broken(
    "HA-5.1.3.2-03",
    "ba",
    S,
    "loopback, 3des",
    "openbsd loop, cmac, esn",
    "ipv6 link type, esn gcm",
    ba=lambda x: replace(x, flags=0),
)
broken("UE-5.1.2.4-06", "bu", "sll, ccm, xcbc", "childless", bu=lambda x: replace(x, options=[]))
broken("UE-5.1.2.4-14", "bu", "xfrm and table", "raw ip, null esp", bu=lambda x: replace(x, flags=x.flags | m.F))
broken(
    "HA-5.1.3.2-16",
    "ba",
    "xfrm, chacha",
    "charon log",
    "gmac, esp pads more",
    ba=lambda x: replace(x, lifetime=x.lifetime + 60 if x.lifetime else 0),
)
broken("RFC3775-01", "ba", "ipv6 link type, esn gcm", "pad1 only", ba=of(bad_sum=True), also="UE-5.1.2.4-25")

# PCO


@course("UE-5.1.2.3-04", "pco_request", also="UE-5.1.2.1a-02")
def _(r: Run) -> None:
    """no IFOM request beside that for the prefix"""
    u = ue(access6(0x71))
    create_session(r, u, IMSI, u.prefix)
    with_ra(r, u)
    r.profile["andsf_used"] = False
    u.habits = replace(u.habits, ifom=True)
    attach(r, u, pdn=u.prefix)
    bu(r, u, bids=[m.bid(1, 5, u.access.address)])
    ba(r, u)
    r.wait(1)


@course("UE-5.1.2.1a-02", "", also="UE-5.1.2.3-04")
def _(r: Run) -> None:
    """no IFOM discovery by PCO"""
    u = ue(access6(0x71))
    r.profile["andsf_used"] = False
    create_session(r, u, IMSI, u.prefix)
    with_ra(r, u)
    u.habits = replace(u.habits, ifom=True)
    attach(r, u, pdn=u.prefix)
    bu(r, u, bids=[m.bid(1, 5, u.access.address)])
    ba(r, u)
    r.wait(1)


@course("UE-5.1.2.2-17", "auth_first")
def _(r: Run) -> None:
    """no PDN Identifier though PCO gave the prefix"""
    u = ue(access6())
    create_session(r, u, IMSI, u.prefix)
    with_ra(r, u)
    attach(r, u)
    register(r, u)


@course("HA-5.1.3.1-16", "auth_done", also="HA-5.1.3.1-05")
def _(r: Run) -> None:
    """another prefix than PCO gave"""
    u = ue(access6())
    create_session(r, u, IMSI, addr("2001:db8:1:aa::"))
    with_ra(r, u)
    attach(r, u, pdn=addr("2001:db8:1:aa::"))
    register(r, u)


# IKE
broken("UE-5.1.2.2-16", "child", A, child=swap(i.TSI, i.ts(i.selector(addr("2001:db8:77::99"), None, 135, 0x500, 0x500))), child_done=swap(i.TSI, i.ts(i.selector(addr("2001:db8:77::99"), None, 135, 0x500, 0x500))), also="UE-5.1.2.2-14 UE-5.1.2.2-15 UE-5.1.1-01 RFC4877-01")  # fmt: skip
broken("UE-5.1.2.2-02", "init_request", "wrong group first", C, init_request=drop_notify(16406))
broken("RFC7296-05", "init_response", A, init_response=drop(i.NONCE), also="UE-5.1.2.2-25")
broken("RFC7296-05", "auth_first", B, auth_first=drop(i.TSI))
broken(
    "RFC7296-05", "authr_challenge", C, authr_challenge=lambda _p: [i.notify(40000)], also="RFC4187-01 HA-5.1.3.1-15"
)
broken("RFC7296-06", "init_response", F, init_response=swap(i.NONCE, bytes(8)))
broken(
    "NET-B.x-02",
    "auth_first",
    "the ike sa anew, with a pdn identifier",
    nth=1,
    auth_first=lambda p: [x if x[1][2:4] != b"\xa0\0" else i.notify(40960, x[1][4:] + b"\1\2\3") for x in p],
    also="UE-5.1.2.2-17",
)
broken("HA-5.1.3.1-02", "auth_done", A, cfg_reply=lambda _a: [(8, bytes(17))], also="UE-5.1.2.2-15 UE-5.1.1-01")
broken("UE-5.1.2.2-12", "auth_first", C, auth_first=swap(i.CP, i.config(1, [(8, b"")])))
broken("HA-5.1.2.2-09", "auth_challenge", F, auth_challenge=swap(i.AUTH, b"\x0d\0\0\0" + bytes(32)))
broken("RFC5026-01", "auth_done", F, cfg_reply=lambda _a: [(16, i.home_prefix(addr("2001:db8:1:1::"), 64, 0))])
broken(
    "RFC7296-11",
    "auth_success",
    A,
    auth_success=lambda _p: [
        (i.EAP, i.eap(3, 5)),
        i.notify(24),
        (i.CP, i.config(2, [(16, i.home_prefix(addr("2001:db8:1:1::")))])),
    ],
    also="RFC4187-01 HA-5.1.3.1-12",
)


@course("UE-5.1.2.2-08", "")
def _(r: Run) -> None:
    """EAP-MD5"""
    u = ue(access6())
    init(r, u)
    r.edit["eap_challenge"] = lambda p: i.eap(1, p[1], b"\x04\x10" + bytes(16))
    r.edit["eapr_challenge"] = lambda p: i.eap(2, p[1], b"\x04\x10" + bytes(16))
    auth(r, u)
    child(r, u)
    with_ra(r, u)
    register(r, u)


@course("RFC7296-10", "late bu", also="")
def _(r: Run) -> None:
    """ESP on an SA that went with its IKE SA"""
    u = start(r, access6())
    delete_ike(r, u)
    r.wait(6)
    bu(r, u, tag="late bu")
    r.wait(3)


@course("RFC7296-10", "probe")
def _(r: Run) -> None:
    """the rekeyed IKE SA is used again"""
    u = start(r, behind_nat())
    old = u.sa
    rekey_ike(r, u)
    r.wait(5)
    new, u.sa = u.sa, old
    r.edit["probe_done"] = lambda _p: None
    probe(r, u, "ue")
    u.sa = new
    r.wait(1)


@course("RFC7296-02", "probe_done")
def _(r: Run) -> None:
    """a response to no request"""
    u = start(r, access6())
    r.wait(2)
    assert u.sa
    u.sa.next_id["ue"] += 5
    r.protected(u, "ha", i.INFO, [], "probe_done", response=True)
    r.wait(5)
    data(r, u)


@course("RFC7296-01", "auth_first", also="RFC7296-07")
def _(r: Run) -> None:
    """a responder SPI of 0 in IKE_AUTH"""
    u = ue(access6())
    r.edit["raw_auth_first"] = lambda ms: [x[:8] + bytes(8) + x[16:] for x in ms]
    init(r, u)
    auth(r, u)
    r.wait(1)


# mobility
broken(
    "RFC3775-02",
    "bu",
    A,
    bu=lambda x: replace(x, extra=bytes([3, 16]) + bytes(16) + bytes(6)),
    also="UE-5.1.2.4-07 HA-5.1.3.2-01",
)
broken("HA-5.1.3.2-05", "ba", F, ba=with_option((2, struct.pack("!H", 2000))))
broken("RFC3775-04", "ba", F, ba=of(rh2=None, dst=addr("2001:db8:77::99"), checksum_src=None), also="RFC4877-01")
broken(
    "HA-5.1.3.2-12",
    "ba",
    "several bids at once, one refused",
    ba=lambda x: replace(x, options=[o for o in x.options if o[1][:2] != b"\0\2"]),
)
broken("UE-5.1.2.4-10", "bu", C, bu=of(outer_dst=addr("203.0.113.200")))


@course("UE-5.1.2.4-21", "bu_two")
def _(r: Run) -> None:
    """a priority that another flow has"""
    u = ifom_start(r)
    one = m.flow(7, 10, m.reference(1), SELECTOR)
    bu(r, u, bids=[m.bid(1, 5, u.access.address)], more=[one])
    ba(r, u)
    r.wait(3)
    two = m.flow(8, 10, m.reference(1), m.chosen(m.selector4(dport=80)))
    bu(r, u, bids=[m.bid(1, 5, u.access.address)], more=[m.summary(7), two], tag="bu_two")
    ba(r, u)
    r.wait(1)


@course("RFC6088-01", "wrong data")
def _(r: Run) -> None:
    """downlink of a flow on the other binding"""
    u = ifom_start(r)
    wifi = access4(44)
    web = m.selector6(src=PEER6, sport=443, proto=17)
    bu(r, u, access=wifi, bids=[m.bid(2, 10, wifi.address)], more=[m.flow(7, 10, m.reference(2), m.chosen(web, 2))])
    ba(r, u)
    r.wait(4)
    data(r, u, access=wifi, sport=443, way="ha")
    data(r, u, sport=443, n=1, way="ha", tag="wrong data")
    r.wait(1)


@course("UE-5.1.2.2-20", "bu")
def _(r: Run) -> None:
    """the O flag and a BID though the Home Agent is silent on IFOM"""
    r.profile.update(andsf_used=False)
    u = ue(behind_nat(), Habits(ifom=True))
    r.edit["init_response"] = drop_notify(16428)
    attach(r, u)
    bu(r, u, bids=[m.bid(1, 5, u.access.address)])
    ba(r, u, status=166)
    r.wait(1)


@course("UE-5.1.2.3-02", "bu", also="HA-5.1.3.2-18")
def _(r: Run) -> None:
    """at home by one of several prefixes, with lengths"""
    u = ue(access6())
    u.access = Access(addr(int(u.prefix) | 0x1234))
    ra(r, addr("2001:db8:aa::"), addr(int(u.prefix) | 1), whole=True)
    attach(r, u)
    register(r, u)


@course("UE-5.1.2.3-03", "")
def _(r: Run) -> None:
    """comes home by another interface, from IPv4"""
    u = start(r, behind_nat())
    data(r, u)
    r.wait(5)
    ra(r, u.prefix)
    for _k in range(4):
        r.wait(12)
        data(r, u)
    noise(r)


@course("RFC3775-07", "")
def _(r: Run) -> None:
    """a refresh sent again every second"""
    u = start(r, access6())
    r.wait(30)
    for _k in range(5):
        bu(r, u)
        r.wait(1.0)
    ba(r, u)
    r.wait(1)


@course("HA-5.1.3.2-01", "bu_two", also="UE-5.1.2.4-07 HA-5.1.3.2-02")
def _(r: Run) -> None:
    """no answer to another Alternate Care-of Address"""
    u = start(r, access6())
    r.wait(5)
    r.edit["bu_two"] = other_option(3, addr("2001:db8:55::1").packed)
    bu(r, u, tag="bu_two")
    r.wait(20)
    noise(r)


@course("HA-5.1.3.2-14", "wrong data")
def _(r: Run) -> None:
    """to the old address long after a handover"""
    u = start(r, access6(0x71))
    old, u.access = u.access, access4()
    register(r, u, want4=HOME4, home4=HOME4)
    r.wait(8)
    put_data(r, u, "ha", user_packet(u, "ha", 6), old, "", "wrong data")
    data(r, u)


@course("HA-5.1.3.2-15", "wrong data", **AT_HA)
def _(r: Run) -> None:
    """IPv4 data in IPv4 to an IPv6 care-of address's UE"""
    u = start(r, behind_nat())
    r.wait(3)
    put_data(r, u, "ha", user_packet(u, "ha", 4), u.access, "v4", "wrong data")
    r.wait(1)


@course("RFC4303-02", "odd")
def _(r: Run) -> None:
    """a broken packet of user data in ESP"""
    u = start(r, access6())
    assert u.first_child
    for k in range(3):
        packet = r.esp(u, u.first_child, "ue", user_packet(u, "ue", 6, k), 41)
        r.put(ip6(u.access.seen, u.ha6, 50, packet[:-2] + b"xx" if k == 1 else packet), "odd" if k == 1 else "good")
    r.wait(1)


@course("RFC4303-03", "odd")
def _(r: Run) -> None:
    """TCP on a tunnel mode SA"""
    u = start(r, access6())
    assert u.first_child
    r.put(ip6(u.access.seen, u.ha6, 50, r.esp(u, u.first_child, "ue", bytes(20), 6)), "odd")
    r.wait(1)


UNUSED = (E, put, access4)
