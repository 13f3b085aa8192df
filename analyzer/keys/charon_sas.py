"""What the messages of a charon log mean: the secrets of IKE SAs and the keys of CHILD SAs.

The key lines carry no SPI. Within one worker the order is fixed: the secrets of an IKE SA follow their key exchange,
the four keys of a CHILD SA are followed by its two SPIs. Which of them is whose tells the exchange in hand: who sent
its request is the initiator of the keys (RFC 7296 section 2.17). The SPIs of an IKE SA stand in the NAT detection
dump (SPIi | SPIr | address | port, section 2.23) of the same message. What the order does not tell stays open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from analyzer.keys.algorithms import Encryption, Integrity, encryption, integrity, prf
from analyzer.keys.intake import MAX_KEYS, FullError, Intake
from analyzer.keys.specs import UnusableError, esp_spec, ike_spec, known
from analyzer.keys.values import AddressHint, address_hint
from dissectors.ikev2.registry import IntegrityId, PrfId
from dissectors.keymat import CipherSpec, EspKeys, IkeKeys

KEY_EXCHANGE = ("shared Diffie Hellman secret", "key exchange secret", "DH secret")
IKE_SECRETS = {f"Sk_{which} secret": f"sk_{which}" for which in ("d", "ai", "ar", "ei", "er", "pi", "pr")}
CHILD_KEYS = {
    "encryption initiator key": "encryption_i",
    "encryption responder key": "encryption_r",
    "integrity initiator key": "integrity_i",
    "integrity responder key": "integrity_r",
}
WANTED = {*KEY_EXCHANGE, *IKE_SECRETS, *CHILD_KEYS, "SKEYSEED", "natd_chunk"}

EXCHANGE = re.compile(r"^(parsed|generating) (\S{1,40}) (request|response) ")
PROPOSAL = re.compile(r"^selected proposal: (IKE|ESP):(\S{1,200})$")
USING = re.compile(r"^\s*using (\S{1,60}) for (encryption|integrity)$")
ADDING = re.compile(r"^\s*(?:adding|registering|installing) (inbound|outbound) (ESP|AH) SA")
SPI = re.compile(r"^\s*SPI 0x([0-9a-fA-F]{1,8}), src (\S{1,60}) dst (\S{1,60})")


@dataclass(slots=True)
class IkeBlock:
    """The secrets of one IKE SA as they come."""

    line: int
    sa: str
    seeded: bool  # SKEYSEED stood before it; a PPK renews secrets without one
    secrets: dict[str, bytes] = field(default_factory=dict)
    key_exchange_secret: bytes = b""
    proposal: str = ""
    spis: tuple[bytes, bytes] | None = None


@dataclass(slots=True)
class ChildBlock:
    """The four keys of one CHILD SA as they come, and its SPIs once they do."""

    line: int
    keys: dict[str, bytes] = field(default_factory=dict)
    encryption: str = ""
    integrity: str = ""
    esn: bool | None = None
    initiator: bool | None = None
    spis: dict[str, tuple[int, AddressHint, AddressHint]] = field(default_factory=dict)
    done: bool = False


@dataclass(slots=True)
class Worker:
    """What one worker of the daemon has in hand."""

    initiator: bool | None = None
    in_sa_init: bool = False
    proposals: dict[str, str] = field(default_factory=dict)
    secret: bytes = b""
    spis: tuple[bytes, bytes] | None = None
    block: IkeBlock | None = None
    child: ChildBlock | None = None
    using: dict[str, str] = field(default_factory=dict)
    adding: str = ""


class CharonSas:
    """Collects the SAs of one log."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.workers: dict[str, Worker] = {}
        self.blocks: list[IkeBlock] = []

    def wants(self, group: str, name: str) -> bool:
        return name.strip() in WANTED and group in ("IKE", "CHD", "")

    def dump(self, worker: str, group: str, sa: str, name: str, data: bytes, line: int) -> None:
        """A complete dump."""
        at = self.workers.setdefault(worker, Worker())
        if name == "natd_chunk":
            self._natd(at, data)
        elif name in KEY_EXCHANGE:
            self._key_exchange(at, group, name, data)
        elif name in CHILD_KEYS:
            self._child_key(at, CHILD_KEYS[name], data, line)
        else:
            self._ike_secret(at, sa, name, data, line)

    def told(self, worker: str, text: str, line: int) -> None:
        """A message that is no dump."""
        at = self.workers.setdefault(worker, Worker())
        if found := EXCHANGE.match(text):
            self._exchange(at, *found.groups())
        elif found := PROPOSAL.match(text):
            at.proposals[found[1]] = found[2]
        elif found := USING.match(text):
            if found[2] == "encryption":
                at.using = {}
            at.using[found[2]] = found[1]
        elif found := ADDING.match(text):
            at.adding = found[1] if found[2] == "ESP" else ""
        elif found := SPI.match(text):
            self._spi(at, found, line)

    def finish(self) -> None:
        """The IKE SAs, in the order of the log, once all is known of them."""
        for at in self.workers.values():
            self._loose_secret(at)
            self._drop_child(at)
        for block in _with_ppk(self.blocks):
            with self.intake.record(block.line):
                self.intake.add_ike(_ike_keys(block, self.intake))

    def _exchange(self, at: Worker, did: str, exchange: str, what: str) -> None:
        """A message was read or built: its request tells the role, and what was tied to the one before is over."""
        at.in_sa_init = did == "parsed" and exchange == "IKE_SA_INIT"
        if did == "parsed":
            at.initiator = what == "response"
        elif what == "request":
            at.initiator = True
        if did == "parsed" or what == "response":
            self._loose_secret(at)
            at.spis, at.block, at.proposals = None, None, {}

    def _natd(self, at: Worker, data: bytes) -> None:
        """SPIs are certain while IKE_SA_INIT is handled, before the keys (initiator) or after them (responder).

        What the request carried was made with SPIr 0.
        """
        spis = data[:8], data[8:16]
        if not at.in_sa_init or len(data) < 22 or not any(spis[0]) or not any(spis[1]):
            return
        at.spis = spis
        if at.block is not None and at.block.spis is None:
            at.block.spis = spis

    def _key_exchange(self, at: Worker, group: str, name: str, data: bytes) -> None:
        if group == "CHD" or name == "DH secret":  # PFS: no line ties it to one SA, so it is tried where one is needed
            self.intake.add_secret(data)
            return
        self._loose_secret(at)
        at.secret = data

    def _loose_secret(self, at: Worker) -> None:
        """A secret that no SKEYSEED followed is kept apart."""
        if at.secret:
            self.intake.add_secret(at.secret)
            at.secret = b""

    def _ike_secret(self, at: Worker, sa: str, name: str, data: bytes, line: int) -> None:
        if name == "SKEYSEED" or at.block is None or IKE_SECRETS[name] in at.block.secrets:
            seeded = name == "SKEYSEED"
            at.block = IkeBlock(line, sa, seeded, {}, at.secret, at.proposals.get("IKE", ""), at.spis)
            at.secret = b""
            self.blocks.append(at.block)
            if len(self.blocks) >= MAX_KEYS:
                raise FullError
        if name != "SKEYSEED":
            at.block.secrets[IKE_SECRETS[name]] = data

    def _child_key(self, at: Worker, name: str, data: bytes, line: int) -> None:
        if at.child is None or at.child.done or at.child.spis or name in at.child.keys:
            self._drop_child(at)
            using = at.using
            esn = _esn(at.proposals.get("ESP", ""))
            at.child = ChildBlock(line, {}, using.get("encryption", ""), using.get("integrity", ""), esn, at.initiator)
        at.child.keys[name] = data

    def _drop_child(self, at: Worker) -> None:
        if at.child is not None and not at.child.done:
            self.intake.problem(at.child.line, "no SPIs follow the keys of this CHILD SA: not used")
        at.child = None

    def _spi(self, at: Worker, found: re.Match[str], line: int) -> None:
        """An SPI line; with both the SA is complete. A rekey names the outbound SPI twice: once is enough."""
        side, at.adding = at.adding, ""
        child = at.child
        if not side or child is None or child.done:
            return
        with self.intake.record(line):
            child.spis[side] = int(found[1], 16), address_hint(found[2]), address_hint(found[3])
            if len(child.spis) < 2:
                return
            child.done = True
            for keys in _esp_keys(child, self.intake.origin(child.line)):
                self.intake.add_esp(keys)


def _esn(proposal: str) -> bool | None:
    parts = proposal.split("/")
    return True if "EXT_SEQ" in parts else False if "NO_EXT_SEQ" in parts else None


def _with_ppk(blocks: list[IkeBlock]) -> list[IkeBlock]:
    """With a PPK (RFC 8784) SK_d, SK_pi and SK_pr come again, often from another worker: the later value counts."""
    kept: list[IkeBlock] = []
    last_of: dict[str, IkeBlock] = {}
    for block in blocks:
        before = last_of.get(block.sa)
        renewed = not block.seeded and block.secrets.keys() <= {"sk_d", "sk_pi", "sk_pr"}
        if renewed and before is not None:
            before.secrets |= block.secrets
        else:
            kept.append(block)
            last_of[block.sa] = block
    return kept


def _ike_keys(block: IkeBlock, intake: Intake) -> IkeKeys:
    if not block.secrets:
        raise UnusableError("no secrets follow this SKEYSEED")
    spi_i, spi_r = block.spis or (None, None)
    return IkeKeys(
        initiator_spi=spi_i,
        responder_spi=spi_r,
        key_exchange_secret=block.key_exchange_secret,
        spec=_ike_spec(block),
        origin=intake.origin(block.line),
        **block.secrets,
    )


def _ike_spec(block: IkeBlock) -> CipherSpec | None:
    """From "selected proposal"; ``None`` where the log does not tell, or tells what the keys do not fit."""
    found_encryption: Encryption | None = None
    found_integrity = Integrity(IntegrityId.NONE)
    found_prf: PrfId | None = None
    for part in block.proposal.split("/"):
        if part.startswith("PRF_"):
            found_prf = prf(part)
        elif found_encryption is None:
            found_encryption = encryption(part)
        elif (one := integrity(part)) is not None:
            found_integrity = one
    if found_encryption is None:
        return None
    of = block.secrets.get
    keys = (of("sk_ei", b""), of("sk_er", b"")), (of("sk_ai", b""), of("sk_ar", b""))
    try:
        return ike_spec(found_encryption, found_integrity, *keys, found_prf)
    except UnusableError:
        return None


def _esp_keys(child: ChildBlock, origin: str) -> list[EspKeys]:
    """Both directions. If it is not known who began the exchange, both ways round: the ICV decides later."""
    roles = (True, False) if child.initiator is None else (child.initiator,)
    return [_one_way(child, side, role, origin) for role in roles for side in ("outbound", "inbound")]


def _one_way(child: ChildBlock, side: str, initiator: bool, origin: str) -> EspKeys:
    whose = "i" if (side == "outbound") == initiator else "r"
    key, integrity_key = child.keys.get(f"encryption_{whose}", b""), child.keys.get(f"integrity_{whose}", b"")
    spi, source, destination = child.spis[side]
    spec = esp_spec(
        known(encryption(child.encryption), "encryption"),
        known(integrity(child.integrity or "NONE"), "integrity"),
        key,
        integrity_key,
    )
    return EspKeys(spi, spec, key, integrity_key, source, destination, child.esn, origin=origin)
