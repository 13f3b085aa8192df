"""Compliant runs of several UEs, with redirects, refusals and discovery."""

from __future__ import annotations

import struct
from typing import Any

from tests.independent import ike as i
from tests.independent import mip as m
from tests.independent.attach import attach, auth, child, delete_ike, init, with_habits
from tests.independent.compliant import HOME4, PSEUDO, named
from tests.independent.courses import OTHER4, OTHER6, behind_one_nat, finish, start, to_other
from tests.independent.moves import (
    DNS_SERVER,
    HA_APN,
    ba,
    bu,
    data,
    dhcp,
    lookup,
    noise,
    put_data,
    ra,
    register,
    with_ra,
)  # fmt: skip
from tests.independent.run import Habits, Run, access4, access6, behind_nat, ue
from tests.independent.wire import addr, fragments, udp

# --- several ---


@named("two ues behind one nat")
def _(r: Run) -> None:
    two = behind_one_nat(r)
    for u in two + two:
        data(r, u, n=2)
        data(r, u, n=2, inner=4)
    for u in two:
        register(r, u, want4=u.home4, home4=u.home4)
    for u in two:
        finish(r, u)
    r.sessions = 2  # type: ignore[attr-defined]


@named("two pdn connections")
def _(r: Run) -> None:
    a = access6()
    one, two = ue(a, Habits()), ue(a, Habits(idr=(2, b"ims")), 2)
    with_ra(r, one)
    for step in (init, auth, child):
        step(r, one)
        step(r, two)
    for k, u in enumerate((one, two)):
        bu(r, u, want4=True)
        ba(r, u, home4=addr(int(HOME4) + k))
        data(r, u)
    for u in (two, one):
        register(r, u, want4=u.home4, home4=u.home4)
        data(r, u, inner=4)
    finish(r, two)
    data(r, one)
    finish(r, one)
    r.sessions = 2  # type: ignore[attr-defined]


@named("two ues, addresses used again")
def _(r: Run) -> None:
    u = start(r, access6())
    data(r, u)
    finish(r, u)
    r.wait(20)
    v = ue(access6(), Habits(identity="0001010999999999@nai.epc.mnc001.mcc001.3gppnetwork.org"))
    with_ra(r, v)
    v.iid = 0x77
    attach(r, v)
    register(r, v, home4=HOME4)
    data(r, v)
    finish(r, v)
    r.sessions = 2  # type: ignore[attr-defined]


@named("attaches again with its pseudonym")
def _(r: Run) -> None:
    u = ue(access6(), Habits(rounds=("identity", "challenge+", "notify")))
    with_ra(r, u)
    attach(r, u)
    register(r, u, home4=HOME4)
    finish(r, u)
    r.wait(40)
    with_ra(r, u)
    with_habits(u, identity=PSEUDO, rounds=("identity", "challenge+", "notify"))
    u.update, u.sequence = None, 0
    attach(r, u)
    register(r, u, home4=HOME4)
    data(r, u)
    finish(r, u)


@named("the ike sa anew, with a pdn identifier")
def _(r: Run) -> None:
    u = start(r, access6())
    data(r, u)
    delete_ike(r, u, "ha")
    r.wait(3)
    attach(r, u, pdn=u.prefix)
    register(r, u, want4=HOME4, home4=HOME4)
    data(r, u)
    finish(r, u)


# --- redirects ---


for where in ("init", "first", "last"):

    def _redirected(r: Run, where: str = where) -> None:
        u = ue(behind_nat() if where == "last" else access6())
        six = u.access.address.version == 6
        if six:
            with_ra(r, u)
        target = OTHER6 if six else OTHER4
        if where == "init":
            init(r, u, redirect=target)
        else:
            init(r, u)
            auth(r, u, redirect=target, redirect_late=where == "last")
            delete_ike(r, u)
        old = to_other(u)
        init(r, u, redirected_from=old[0] if six else old[1])
        auth(r, u)
        child(r, u)
        register(r, u)
        data(r, u)
        finish(r, u)

    named(f"redirected in {where}")(_redirected)


# --- refusals of IKE ---


@named("authentication fails")
def _(r: Run) -> None:
    u = ue(access6())
    init(r, u)
    auth(r, u, fail=True)
    r.wait(40)


@named("no proposal chosen")
def _(r: Run) -> None:
    u = ue(access6())
    r.edit["init_response"] = lambda _p: [i.notify(14)]
    init(r, u)
    r.wait(40)


# --- discovery ---


for label, how in {
    "both addresses": {"has": [addr("2001:db8:ffff::1"), addr("192.0.2.1")]},
    "fqdn": {"fqdn": "ha1.example.org"},
    "relay": {"has": [addr("2001:db8:ffff::1"), addr("192.0.2.1")], "relay": True},
    "draft": {"has": [addr("2001:db8:ffff::1"), addr("192.0.2.1")], "draft": True},
    "draft fqdn": {"fqdn": "ha1.example.org", "draft": True},
    "all": {"has": [addr("2001:db8:ffff::1"), addr("192.0.2.1")], "fqdn": "ha1.example.org"},
}.items():

    def _discovered(r: Run, how: Any = how, label: str = label) -> None:
        u = ue(access6())
        ra(r, addr("2001:db8:77::"), addr("2001:db8:78::"))
        dhcp(r, u, **how)
        if "has" not in how:  # only a name
            lookup(r, u, "ha1.example.org", a6=[u.ha6], a4=[u.ha4], together="draft" in label)
        attach(r, u)
        register(r, u, home4=HOME4)
        data(r, u)
        finish(r, u)

    named(f"discovery: {label}")(_discovered)


@named("discovery: dns alone, aaaa and a together")
def _(r: Run) -> None:
    u = ue(access4())
    lookup(r, u, HA_APN, a6=[u.ha6], a4=[u.ha4], together=True)
    attach(r, u)
    register(r, u, home4=HOME4)
    data(r, u)
    finish(r, u)


@named("configuration through the tunnel")
def _(r: Run) -> None:
    u = start(r, access6())
    xid = 0x123456
    home = addr("2001:db8:1:1::1")
    inner = udp(
        u.hoa, 546, addr("ff02::1:2"), 547, m.dhcp6(11, xid, m.dhcp_option(1, bytes(10)), m.dhcp_option(6, b"\0\x17"))
    )
    answer = udp(
        home,
        547,
        u.hoa,
        546,
        m.dhcp6(7, xid, m.dhcp_option(1, bytes(10)), m.dhcp_option(2, bytes(10)), m.dhcp_option(23, bytes(16))),
    )
    pd = m.dhcp_option(25, struct.pack("!III", 1, 0, 0) + m.dhcp_option(26, struct.pack("!IIB", 0, 0, 60) + bytes(16)))
    solicit = udp(u.hoa, 546, addr("ff02::1:2"), 547, m.dhcp6(1, xid + 1, m.dhcp_option(1, bytes(10)), pd))
    query = udp(u.hoa, 4444, DNS_SERVER, 53, m.dns(7, [("www.example.org", 28)]))
    for sender, packet in (("ue", inner), ("ha", answer), ("ue", solicit), ("ue", query)):
        put_data(r, u, sender, packet, u.access, "", "tunnel dhcp")
        r.wait(0.1)
    data(r, u)
    finish(r, u)


@named("noise around it, fragments of ip")
def _(r: Run) -> None:
    r.edit["frame_auth_first"] = lambda p: [(0.0001 * k, f) for k, f in enumerate(fragments(p, 160))]
    r.edit["frame_auth_challenge"] = lambda p: [(0.0001 * k, f) for k, f in enumerate(reversed(fragments(p, 400)))]
    noise(r)
    u = start(r, behind_nat(), odd_payloads=True)
    noise(r)
    data(r, u)
    noise(r, 20)
    finish(r, u)
    noise(r)
