"""Runs that do everything right, each in a way of its own. A failure here is the program's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.independent.attach import attach, delete_ike
from tests.independent.crypt import EspSuite, Suite
from tests.independent.moves import ba, bu, data, register, with_ra
from tests.independent.run import Access, Habits, Run, access4, access6, behind_nat, ue
from tests.independent.wire import addr

RUNS: dict[str, Callable[..., Run]] = {}
HOME4 = addr("10.64.0.9")
PSEUDO = "2tj8fn0c@nai.epc.mnc001.mcc001.3gppnetwork.org"
REAUTH = "4r7743kk@aaa7.nai.epc.mnc001.mcc001.3gppnetwork.org"


def named(name: str, **facts: Any) -> Callable[[Callable[[Run], None]], Callable[..., Run]]:
    def keep(course: Callable[[Run], None]) -> Callable[..., Run]:
        def play(**edit: Callable[..., Any]) -> Run:
            run = Run(1 + sum(name.encode()), **edit)
            run.profile.update(facts)
            course(run)
            return run

        RUNS[name] = play
        return play

    return keep


def plain(
    name: str,
    access: Callable[[], Access],
    home4: bool = False,
    file: tuple[str, str] = ("pcap", "eth"),
    form: str = "toml",
    facts: dict[str, Any] | None = None,
    **habits: Any,
) -> None:
    """Attach, register, data, refresh, end; what differs is how."""

    def course(r: Run) -> None:
        r.file, r.form = file, form
        u = ue(access(), Habits(**habits))
        if u.access.address.version == 6:
            with_ra(r, u)
        attach(r, u)
        register(r, u, home4=HOME4 if home4 else None)
        data(r, u)
        if home4:
            data(r, u, inner=4)
        r.wait(60)
        register(r, u, want4=HOME4 if home4 else False, home4=HOME4 if home4 else None)
        data(r, u)
        bu(r, u, life=0)
        ba(r, u)
        r.wait(0.5)
        delete_ike(r, u)

    named(name, **(facts or {}))(course)


def G(encr: str, prf: str = "sha256", group: int = 31) -> Suite:
    return Suite(encr, "none", prf, group)


plain("ipv6", access6)
plain("ipv4 without nat", access4, True)
plain("nat", behind_nat, True)
plain("pcapng ns, vlan, gcm", access6, True, ("pcapng-ns", "vlan"), ike=G("gcm128"), esp=EspSuite("gcm128", "none"))
plain(
    "pcapng us, qinq, chacha",
    behind_nat,
    True,
    ("pcapng", "qinq"),
    ike=G("chacha", "sha512", 19),
    esp=EspSuite("chacha", "none"),
)
plain(
    "sll2, ctr",
    behind_nat,
    False,
    ("pcap-ns", "sll2"),
    ike=Suite("ctr128", "sha1", "sha1", 14),
    esp=EspSuite("ctr128", "sha1"),
)
plain("sll, ccm, xcbc", access6, False, ("pcap-be", "sll"), ike=G("ccm128", "xcbc"), esp=EspSuite("ccm128", "none"))
plain(
    "raw ip, null esp",
    access4,
    True,
    ("pcapng-be", "raw"),
    ike=Suite("cbc256", "sha384", "sha384", 20),
    esp=EspSuite("null", "sha256"),
)
plain(
    "loopback, 3des",
    access6,
    False,
    ("pcap", "null"),
    ike=Suite("3des", "sha1", "sha1", 2),
    esp=EspSuite("3des", "sha1"),
    many=False,
)
plain(
    "openbsd loop, cmac, esn",
    access6,
    False,
    ("pcap", "loop"),
    ike=Suite("cbc128", "cmac", "cmac", 5),
    esp=EspSuite("cbc128", "cmac", esn=True),
)
plain(
    "ipv6 link type, esn gcm",
    access6,
    True,
    ("pcapng-ns", "v6"),
    ike=G("gcm256"),
    esp=EspSuite("gcm256", "none", esn=True),
)
plain(
    "ipv4 link type",
    behind_nat,
    False,
    ("pcap", "v4"),
    ike=G("gcm128-8"),
    esp=EspSuite("gcm128-8", "none"),
    zero_sums=True,
)
plain("many proposals", access6, many=True)
plain("many proposals, aead", behind_nat, True, many=True, ike=G("gcm128"), esp=EspSuite("gcm128", "none"))
plain("cookie", access6, cookie=True)
plain("wrong group first", behind_nat, wrong_group=2, ike=Suite(group=14))
plain("cookie, then wrong group", access4, True, cookie=True, wrong_group=19)
plain("floats over ipv6", access6, floats=True)
plain("eap identity first", access6, rounds=("identity", "challenge"))
plain("eap identity, aka identity, all attributes", behind_nat, rounds=("identity", "any", "challenge+", "notify"))
plain("pseudonym", access6, identity=PSEUDO, rounds=("identity", "challenge"))
plain("pseudonym that is forgotten", access6, identity=PSEUDO, rounds=("any", "permanent", "challenge"))
plain("fast re-authentication", access6, identity=REAUTH, rounds=("any", "reauth"))
plain(
    "fast re-authentication that fails",
    access4,
    identity=REAUTH,
    rounds=("any", "fullauth", "permanent", "challenge+", "notify"),
)
plain("synchronization failure", access6, rounds=("sync", "challenge"))
plain("ike fragments", behind_nat, True, cut_at=400, certs=2, auth="rsa14")
plain("ike fragments of gcm", access6, cut_at=200, certs=2, ike=G("gcm256"), odd_payloads=True)
plain("idr key id, rsa", access6, idr=(11, b"internet"), auth="rsa")
plain("idr with operator", access4, idr=(2, b"internet.apn.epc.mnc001.mcc001.3gppnetwork.org"), auth="ecdsa14")
plain("idr gprs", access6, idr=(2, b"ims.mnc001.mcc001.gprs"), auth="rsa14")
plain("dns asked for", access6, ask=(16, 10, 3), reply=(16, 10, 3))
plain("dns first, others as well", behind_nat, ask=(3, 10, 19, 7, 16, 14), reply=(10, 3, 7, 16, 19))
plain("odd payloads", behind_nat, True, odd_payloads=True, mobike=True, windows=True)
plain("childless", access6, childless=True)
plain("second authentication", access6, second=True)
plain("child: both types in both", access6, selectors="both")
plain("child: opaque", behind_nat, selectors="opaque")
plain("child: wide", access4, selectors="wide")
plain("child: protocol", access6, selectors="protocol")
plain("child: low bits", access6, selectors="low bits")
plain("child: packet first", access6, selectors="packet")
plain("child with pfs, only secrets", behind_nat, True, form="ike", group=31)
plain("only secrets, cbc", access6, form="ike", ike=Suite("cbc256", "sha512", "sha512", 19), group=19)
plain(
    "wireshark tables",
    access6,
    True,
    form="wireshark",
    esp=EspSuite("cbc128", "sha1"),
    ike=Suite("cbc128", "sha1", "sha1", 14),
)
plain("wireshark tables, gcm", behind_nat, True, form="wireshark", esp=EspSuite("gcm128", "none"), ike=G("gcm128"))
plain("xfrm and table", behind_nat, True, form="xfrm", esp=EspSuite("ctr128", "sha256"), ike=G("gcm256"))
plain("xfrm, chacha", access6, True, form="xfrm", esp=EspSuite("chacha", "none"), ike=G("gcm256"))
plain("charon log", access6, True, form="charon")
plain("protocol id of rfc 4306", access6, protocol_id=1, ifom=True)
plain("gmac, esp pads more", access6, esp=EspSuite("gmac128", "none"), pad=2)
plain("pad1 only", behind_nat, True, style="pad1")
plain("no nat detection payloads over ipv6", access6, nat_d=False, initial_contact=False)
plain("no profile", access6, True)
