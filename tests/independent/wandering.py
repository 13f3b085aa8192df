"""Runs that nobody thought up: a UE that does allowed things in a random order, with random habits."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.independent import ike as i
from tests.independent.attach import attach, child, delete_ike, probe, rekey_ike
from tests.independent.compliant import HOME4
from tests.independent.crypt import EspSuite, Suite
from tests.independent.moves import ba, bu, data, keepalive, ra, register, with_ra
from tests.independent.run import Access, Habits, Run, Ue, access4, access6, behind_nat, ue
from tests.independent.wire import Ip, addr

IKE = [
    Suite(),
    Suite("gcm128", "none"),
    Suite("cbc256", "sha1", "sha1", 2),
    Suite("chacha", "none", "sha512", 19),
    Suite("ctr256", "cmac", "xcbc"),
]
ESP = [
    EspSuite(),
    EspSuite("null", "sha1"),
    EspSuite("gcm128", "none"),
    EspSuite("cbc256", "sha512", True),
    EspSuite("chacha", "none"),
]


def habits(rng: Random) -> Habits:
    wrong_group = rng.choice([0, 0, 0, 14])
    return Habits(
        ike=rng.choice(IKE),
        esp=rng.choice(ESP),
        first_esp=rng.choice(ESP),
        many=rng.random() < 0.3 and not wrong_group,
        cookie=rng.random() < 0.2,
        wrong_group=wrong_group,
        rounds=rng.choice(
            [("challenge",), ("identity", "challenge"), ("any", "challenge+", "notify"), ("sync", "challenge")]
        ),
        auth=rng.choice(["rsa", "ecdsa", "rsa14", "ecdsa14"]),
        certs=rng.choice([1, 2]),
        cut_at=rng.choice([0, 0, 300, 1000]),
        odd_payloads=rng.random() < 0.3,
        mobike=rng.random() < 0.3,
        selectors=rng.choice(["exact", "both", "opaque", "wide", "protocol", "low bits", "packet"]),
        group=rng.choice([0, 0, 31]),
        protocol_id=rng.choice([0, 1]),
        style=rng.choice(["padn", "pad1"]),
        pad=rng.choice([0, 0, 1]),
    )


def access(rng: Random, ue_number: int) -> Access:
    n = 10 * ue_number + rng.randrange(10)
    return rng.choice([lambda: access6(0x70 + n), lambda: access4(n), lambda: behind_nat(n, n)])()


def home4(u: Ue) -> Ip:
    return addr(int(HOME4) + number(u))


def number(u: Ue) -> int:
    return int(u.prefix) >> 64 & 0xFFFF


def wander(seed: int, ue_number: int = 1) -> Run:
    rng, r = Random(seed), Run(seed)
    r.profile = rng.choice([{}, {"capture_point": "ha"}])
    r.file = (
        rng.choice(["pcap", "pcap-ns", "pcapng", "pcapng-ns", "pcap-be"]),
        rng.choice(["eth", "vlan", "sll", "sll2", "raw"]),
    )
    u = ue(access(rng, ue_number), habits(rng), ue_number)
    u.habits = replace(u.habits, identity=f"00010101234567{ue_number:02d}@nai.epc.mnc001.mcc001.3gppnetwork.org")
    u.sequence = rng.choice([0, 65530, 12345])
    with_home4 = rng.random() < 0.6
    step_in(r, u)
    attach(r, u)
    r.wait(rng.random() * 2)
    register(r, u, home4=home4(u) if with_home4 else None)
    for _ in range(rng.randrange(3, 12)):
        rng.choice(STEPS)(r, u, rng)
        r.wait(rng.choice([0.01, 0.3, 2.5, 20]))
        if u.access.public is not None:  # the mapping of a NAT has to be kept open
            again(r, u)
    bu(r, u, life=0)
    r.wait(0.05)
    ba(r, u)
    if rng.random() < 0.7:
        r.wait(1)
        delete_ike(r, u, rng.choice(["ue", "ha"]))
    return r


def crowd(seed: int, size: int) -> Run:
    """Several UEs at once, at one Home Agent."""
    total = wander(seed, 1)
    for n in range(2, size + 1):
        run = wander(seed + 1000 * n, n)
        for sent in run.sent:
            sent.at += n * 137_000_000
            sent.order += len(total.sent)
        total.sent += run.sent
        total.ikes += run.ikes
        total.children += run.children
    total.profile = {}
    total.sessions = size  # type: ignore[attr-defined]
    return total


def cut(seed: int, *, start: bool) -> Run:
    """Part of such a run: without its start, or without its end. Its keys name their algorithms."""
    run = wander(seed)
    run.form = "named"
    frames = run.ordered()
    at = Random(seed).randrange(4, len(frames) - 3)
    run.sent = frames[at:] if start else frames[:at]
    return run


def step_in(r: Run, u: Ue) -> None:
    if u.access.address.version == 6:
        with_ra(r, u)


def again(r: Run, u: Ue) -> None:
    register(r, u, want4=u.home4 or False, home4=u.home4)


def _data(r: Run, u: Ue, rng: Random) -> None:
    data(r, u, n=rng.randrange(1, 5), gap=rng.choice([0.0, 0.1, 1.0]), inner=4 if u.home4 and rng.random() < 0.4 else 6)


def _move(r: Run, u: Ue, rng: Random) -> None:
    u.access = access(rng, number(u))
    step_in(r, u)
    again(r, u)
    if u.sa and rng.random() < 0.7:
        u.sa.port = 4500 if u.access.address.version == 4 else u.sa.port
        probe(r, u, "ue")


def _home(r: Run, u: Ue, rng: Random) -> None:
    ra(r, u.prefix)
    bu(r, u, life=0, at_home=True, access=Access(u.hoa))
    ba(r, u)
    r.wait(rng.choice([5, 40]))
    u.access = access(rng, number(u))
    step_in(r, u)
    register(r, u, home4=home4(u) if u.home4 else None)


def _lost(r: Run, u: Ue, rng: Random) -> None:
    for k in range(rng.randrange(1, 4)):
        bu(r, u, want4=u.home4 or False)
        r.wait(2**k * 1.02)
    again(r, u)


def _probe(r: Run, u: Ue, rng: Random) -> None:
    probe(r, u, rng.choice(["ue", "ha"]), rng.choice([[], [i.notify(50000, b"x")]]))
    if u.access.public is not None:
        keepalive(r, u)


def _pause(r: Run, u: Ue, rng: Random) -> None:
    r.wait(95)
    again(r, u)


STEPS = [
    _data,
    _data,
    _move,
    _move,
    _home,
    _lost,
    _probe,
    _pause,
    lambda r, u, rng: again(r, u),
    lambda r, u, rng: child(r, u, rekeys=u.child, by=rng.choice(["ue", "ha"])),
    lambda r, u, rng: rekey_ike(r, u, rng.choice(["ue", "ha"])),
]
