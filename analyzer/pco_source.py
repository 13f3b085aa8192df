"""PCO out of the frames that carry it. NAS over S1AP and GTPv2-C are not ours to read: tshark does, through pyshark.

What tshark shows is taken for where a PCO lies and whose it is; the PCO itself is decoded by us. IMSI and APN are not
in every message: an answer has those of its request, NAS on a connection of S1AP those of the UE it is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from ipaddress import ip_address
from typing import TypeVar

import numpy as np

from analyzer.capture.chunk import Chunk
from analyzer.tshark import Question, TsharkError, TsharkLayer, TsharkPacket, ask, workspace
from dissectors.buffer import Reader
from dissectors.events import Endpoint, Event
from dissectors.inert import inert
from dissectors.pco import decode_pco, decode_pco_element
from dissectors.pco_carriers import (
    NODES,
    RELEASES,
    UPLINK,
    CarrierMessage,
    EmmMessage,
    EsmMessage,
    FTeidInterface,
    Gtpv2Message,
    PcoMessage,
)
from dissectors.stack import dissect_frame
from dissectors.triage import Classes, FrameClass

LINKTYPE_USER0 = 147
"""Bare NAS messages in test vectors; read as such, as nothing else of ours comes with it."""
OPTIONS = ("-o", 'uat:user_dlts:"User 0 (DLT=147)","nas-eps","0","","0",""')
ESM, EMM, PTI, PDN_TYPE, APN, IMSI, ENB, PROCEDURE = (
    "nas_eps.nas_msg_esm_type", "nas_eps.nas_msg_emm_type", "nas_eps.esm.proc_trans_id", "nas_eps.esm_pdn_type",
    "gsm_a.gm.sm.apn", "e212.imsi", "s1ap.ENB_UE_S1AP_ID", "s1ap.procedureCode",
)  # fmt: skip
GTP_TYPE, GTP_SEQUENCE, GTP_APN, GTP_PDN_TYPE, GTP_TEID, F_TEID, F_TEID_IPV4, F_TEID_IPV6, INTERFACE = (
    "gtpv2.message_type", "gtpv2.seq", "gtpv2.apn", "gtpv2.pdn_type", "gtpv2.teid", "gtpv2.f_teid_gre_key",
    "gtpv2.f_teid_ipv4", "gtpv2.f_teid_ipv6", "gtpv2.f_teid_interface_type",
)  # fmt: skip
INITIAL_UE_MESSAGE = 12
"""S1AP procedure (TS 36.413 clause 9.3.7) in which an eNB begins to use an identifier, perhaps again."""
QUESTION = Question(
    fields=(
        ESM, EMM, PTI, PDN_TYPE, APN, IMSI, ENB, PROCEDURE,
        GTP_TYPE, GTP_SEQUENCE, GTP_APN, GTP_PDN_TYPE, GTP_TEID, F_TEID, F_TEID_IPV4, F_TEID_IPV6,
        INTERFACE,
    ),
    filter=(
        f"gsm_a.gm.sm.pco_pid || (nas-eps && {IMSI}) || {ESM} == 0xcd || {ESM} == 0xd2 || {EMM} == 0x45"
        f" || {PROCEDURE} == {INITIAL_UE_MESSAGE} || {GTP_TYPE} == 36"
    ),
    text=r"(?i)(additional |extended )?protocol configuration options",
    options=OPTIONS,
)  # fmt: skip
BEGINS = (EsmMessage.PDN_CONNECTIVITY_REQUEST, Gtpv2Message.CREATE_SESSION_REQUEST)
GTP_HEAD = 4
"""Bytes of type, length and instance before the contents of a GTPv2 information element."""
UE, MME = "UE", "MME"
"""NAS goes between these, whoever carries it."""
MOST_KNOWN = 65536
"""UEs, transactions and tunnels that are remembered, the newest."""
KindT = TypeVar("KindT", bound=IntEnum)
KeyT = TypeVar("KeyT")


@dataclass(slots=True)
class Subscriber:
    """Whose message it is, as far as it is known."""

    imsi: str | None = None
    apn: str | None = None


@dataclass(slots=True)
class PcoSource:
    """Reads the PCO of one run, chunk by chunk. ``problem`` says why it cannot, from the first time it could not."""

    problem: str = ""
    carriers: int = 0  # frames that may hold PCO
    _ues: dict[tuple[object, ...], Subscriber] = field(default_factory=dict)  # of S1AP, by ends and eNB UE ID
    _transactions: dict[tuple[object, ...], Subscriber] = field(default_factory=dict)
    _tunnels: dict[tuple[object, int], Subscriber] = field(default_factory=dict)  # of GTPv2-C, by address and TEID

    @property
    def blindness(self) -> str:
        """What was not read, and why; empty if all was."""
        return f"{self.carriers} frames may hold PCO, which was not read: {self.problem}" if self.problem else ""

    def events(self, chunk: Chunk, kinds: Classes) -> list[Event[PcoMessage]]:
        """What the chunk's frames tell of PCO, in order. Never raises: trouble with tshark is ``problem``."""
        rows = np.flatnonzero((kinds == FrameClass.PCO) | (chunk.link_type == LINKTYPE_USER0)).tolist()
        self.carriers += len(rows)
        if not rows or self.problem:
            return []
        found: list[Event[PcoMessage]] = []
        try:
            with workspace() as space:
                for row in rows:
                    number, link_type = chunk.first + row, int(chunk.link_type[row])
                    space.add(number, int(chunk.at[row]), chunk.frame(row), link_type, int(chunk.length[row]))
                for packet in ask(QUESTION, space):
                    found += self._events_of(packet, chunk)
        except (TsharkError, OSError) as error:
            self.problem = str(error)
        return found

    def _events_of(self, packet: TsharkPacket, chunk: Chunk) -> Iterator[Event[PcoMessage]]:
        row = packet.number - chunk.first
        stack = dissect_frame(Reader(chunk.frame(row)), int(chunk.link_type[row]))
        ends = (stack.source, stack.destination)
        for message in self.messages(packet, ends):
            yield Event(packet.number, int(chunk.at[row]), *ends, message)

    def messages(self, packet: TsharkPacket, ends: tuple[Endpoint, Endpoint]) -> Iterator[PcoMessage]:
        """The messages of one packet."""
        for layer in packet.layers:
            if layer.all(GTP_TYPE):
                yield from self._gtp(layer, ends)
            else:
                yield from self._nas(layer, ends)

    # GTPv2-C

    def _gtp(self, layer: TsharkLayer, ends: tuple[Endpoint, Endpoint]) -> Iterator[PcoMessage]:
        kind = _known(Gtpv2Message, layer.first(GTP_TYPE))
        if kind is None:
            return
        pair = frozenset(end.address for end in ends)
        transaction = ("GTPv2-C", pair, layer.first(GTP_SEQUENCE))
        named = Subscriber(_imsi(layer.first(IMSI)), _text(layer.first(GTP_APN)))
        teid = _number(layer.first(GTP_TEID)) or 0
        known = self._tunnels.get((ends[1].address, teid)) if teid else None
        who = self._whose(kind, transaction, named, known)
        for given in _tunnel_ends(layer):
            _remember(self._tunnels, given, who)
        yield from _told(
            PcoMessage(
                kind,
                imsi=who.imsi,
                apn=who.apn,
                pdn_type=_number(layer.first(GTP_PDN_TYPE)),
                transaction=transaction,
                nodes=_nodes_of(layer, ends[0].address),
            ),
            (f.data[GTP_HEAD:] for f in layer.all("")),
        )

    def _whose(
        self, kind: CarrierMessage, transaction: tuple[object, ...], named: Subscriber, known: Subscriber | None
    ) -> Subscriber:
        """The message's own words, else its transaction's, else those of what it came over.

        The number of a transaction is used again: what sets up a PDN connection begins a new one.
        """
        before = (self._transactions.get(transaction) if kind not in BEGINS else None) or Subscriber()
        known = known or Subscriber()
        imsi = named.imsi or before.imsi or known.imsi
        who = Subscriber(imsi, named.apn or before.apn or known.apn)
        _remember(self._transactions, transaction, who)
        return who

    # NAS

    def _nas(self, layer: TsharkLayer, ends: tuple[Endpoint, Endpoint]) -> Iterator[PcoMessage]:
        """A layer of S1AP may hold several NAS messages, told apart by where they lie."""
        ue = (frozenset(end.address for end in ends), layer.first(ENB))
        imsi = _imsi(layer.first(IMSI))
        if imsi is not None and ue[1] is not None:
            _remember(self._ues, ue, Subscriber(imsi))
        elif _number(layer.first(PROCEDURE)) == INITIAL_UE_MESSAGE:
            self._ues.pop(ue, None)
        known = self._ues.get(ue) or Subscriber(imsi)
        if any(_number(f.show) == EmmMessage.DETACH_REQUEST for f in layer.all(EMM)):
            yield PcoMessage(EmmMessage.DETACH_REQUEST, imsi=known.imsi, nodes=(UE, MME))
        for part in _esm_messages(layer):
            kind = _known(EsmMessage, part.first(ESM))
            if kind is None:
                continue
            transaction = ("NAS", *ue, part.first(PTI))
            who = self._whose(kind, transaction, Subscriber(None, _text(part.first(APN))), known)
            message = PcoMessage(
                kind,
                imsi=who.imsi,
                apn=who.apn,
                pdn_type=_number(part.first(PDN_TYPE)),
                transaction=transaction,
                nodes=(UE, MME) if kind in UPLINK else (MME, UE),
            )
            yield from _told(message, (f.data for f in part.all("")), element=True)


def _told(message: PcoMessage, parts: Iterable[bytes], *, element: bool = False) -> Iterator[PcoMessage]:
    """The message with each of its PCO; one without is told only if it ends the PDN connection."""
    decode, is_uplink, alone = decode_pco_element if element else decode_pco, message.kind in UPLINK, True
    for data in parts:
        alone = False
        yield replace(message, pco=decode(Reader(data), is_uplink=is_uplink))
    if alone and message.kind in RELEASES:
        yield message


def _esm_messages(layer: TsharkLayer) -> Iterator[TsharkLayer]:
    """The fields of each ESM message: from its type to the next one's. Its PTI stands just before the type."""
    starts = [f.pos for f in layer.all(ESM)]
    for start, end in zip(starts, [*starts, 1 << 32][1:], strict=True):
        low, high = start - 1, end - 1
        yield TsharkLayer(layer.name, tuple(f for f in layer.fields if low <= f.pos < high))


def _nodes_of(layer: TsharkLayer, sender: object) -> tuple[str, str]:
    """Sender and receiver, as the interface of the F-TEID says that has the sender's address."""
    interfaces = layer.all(INTERFACE)
    addresses = layer.all(F_TEID_IPV4) + layer.all(F_TEID_IPV6)
    for interface, end in zip(interfaces, [*(i.pos for i in interfaces), 1 << 32][1:], strict=True):
        kind = _known(FTeidInterface, interface.show)
        inside = (a for a in addresses if interface.pos < a.pos < end and len(a.data) in (4, 16))
        if kind is not None and any(ip_address(address.data) == sender for address in inside):
            return NODES[kind]
    return "", ""


def _tunnel_ends(layer: TsharkLayer) -> Iterator[tuple[object, int]]:
    """Address and TEID of each F-TEID: the address stands behind the key, before the next one."""
    keys = layer.all(F_TEID)
    addresses = layer.all(F_TEID_IPV4) + layer.all(F_TEID_IPV6)
    for key, end in zip(keys, [*(k.pos for k in keys), 1 << 32][1:], strict=True):
        teid = _number(key.show)
        for address in addresses:
            if teid and key.pos < address.pos < end and len(address.data) in (4, 16):
                yield ip_address(address.data), teid


def _remember(known: dict[KeyT, Subscriber], key: KeyT, who: Subscriber) -> None:
    known.pop(key, None)
    known[key] = who
    if len(known) > MOST_KNOWN:
        del known[next(iter(known))]


def _known(registry: type[KindT], shown: str | None) -> KindT | None:
    number = _number(shown)
    return registry(number) if number in set(registry) else None


def _number(shown: str | None) -> int | None:
    """A number as tshark shows it, decimal or with 0x."""
    try:
        return int(shown, 0) if shown else None
    except ValueError:
        return None


def _imsi(shown: str | None) -> str | None:
    return shown if shown and shown.isascii() and shown.isdigit() else None


def _text(shown: str | None) -> str | None:
    return inert(shown) if shown else None
