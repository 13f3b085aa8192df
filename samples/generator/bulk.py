"""Many UEs at one HA: the signalling of interleaved attaches with their keys, for benchmarks and to tell UEs apart."""

from __future__ import annotations

import heapq
import random
from collections.abc import Container, Iterator
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path

from samples.generator.attach import Attach
from samples.generator.edits import with_flags
from samples.generator.knobs import HOME_AGENT, HaKnobs, UeKnobs
from samples.generator.milenage import Subscription
from samples.generator.mobile import Mobile
from samples.generator.network import SECOND, Network, Wire
from samples.generator.pcap import EPOCH, Frame, write_pcap
from samples.generator.suites import CBC_SUITE, GCM_SUITE
from samples.generator.tables import KeyTables

ACCESS = int(IPv6Address("2001:db8:8000::"))
HOME = int(IPv6Address("2001:db8:4000::"))
CORRESPONDENT = IPv6Address("2001:db8:cafe::7")
FRAGMENT_SIZE = 576


@dataclass(frozen=True, slots=True)
class Bulk:
    """What was written."""

    frames: int
    ues: int


def _subscription(number: int) -> Subscription:
    secret = sha256(f"subscriber {number}".encode()).digest()
    return Subscription(f"00101{number:010}", secret[:16], secret[16:])


def _attach(number: int, start: int, tables: KeyTables, *, faulty: bool) -> Attach:
    """One UE of many; every second uses AES-GCM, every eighth HA answer comes in fragments.

    A faulty one asks for no acknowledgement of its Binding Update: the A flag is not set.
    """
    address = IPv6Address(ACCESS + (number << 64) + 0x99)
    network = Network(address, HOME_AGENT, ue_mac=b"\x02\x01" + number.to_bytes(4, "big"))
    wire = Wire(network, random.Random(f"bulk {number}/wire"), now=start)
    prefix = IPv6Network((HOME + (number << 64), 64))
    fragment_size = FRAGMENT_SIZE if number % 8 == 7 else None
    ha = HaKnobs(home_prefix=prefix, fragment_size=fragment_size)
    suite = GCM_SUITE if number % 2 else CBC_SUITE
    ue = UeKnobs(_subscription(number), signals={"BU 1": with_flags("HKR")} if faulty else {})
    return Attach(ue, ha, suite, wire, f"bulk {number}", tables)


def _live(attach: Attach, registers: bool) -> list[Frame]:
    if registers:
        return _live_registered(attach)
    attach.init()
    attach.authenticate()
    attach.protect_mobility()
    attach.ping(1)
    attach.wire.wait(1 + attach.wire.rng.random())
    attach.probe()
    attach.wire.wait(0.5)
    attach.leave()
    return attach.wire.frames


def _live_registered(attach: Attach) -> list[Frame]:
    """With a binding: registered, used and de-registered."""
    attach.wire.router_advertisement()
    attach.wire.wait(0.1)
    attach.init()
    attach.authenticate()
    attach.protect_mobility()
    mobile = Mobile(attach)
    mobile.begin()
    mobile.talk("data", CORRESPONDENT, 1)
    attach.wire.wait(2 + attach.wire.rng.random())
    mobile.deregister()
    attach.wire.wait(0.5)
    attach.leave()
    return attach.wire.frames


def interleaved(
    ues: int, interval: float, tables: KeyTables, *, registers: bool = False, faulty: Container[int] = ()
) -> Iterator[Frame]:
    """Frames in order of time, a UE every ``interval`` seconds; memory holds only the UEs of the moment.

    ``faulty`` are the places, from 0 on, of UEs that make a mistake where they register.
    """
    waiting: list[Frame] = []
    for number in range(ues):
        start = EPOCH + int(number * interval * SECOND)
        while waiting and waiting[0].at < start:
            yield heapq.heappop(waiting)
        for frame in _live(_attach(number, start, tables, faulty=number in faulty), registers):
            heapq.heappush(waiting, frame)
    while waiting:
        yield heapq.heappop(waiting)


def many_attaches(
    path: Path,
    ues: int,
    *,
    keys: Path | None = None,
    interval: float = 0.02,
    registers: bool = False,
    faulty: Container[int] = (),
) -> Bulk:
    """Writes a pcap of ``ues`` attaches, about 18 frames each, and Wireshark's key tables into the folder ``keys``.

    With ``registers`` each UE has a binding as well, and no ESP tunnel is used.
    """
    tables = KeyTables()
    frames = write_pcap(path, interleaved(ues, interval, tables, registers=registers, faulty=faulty))
    if keys:
        tables.write(keys)
    return Bulk(frames, ues)
