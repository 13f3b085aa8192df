"""libreswan's log with ``plutodebug=crypt`` or ``private``: the key blocks of CHILD SAs.

A block ``inbound  keymat:`` or ``outbound keymat:`` (as the logging host sees it) is cipher key, salt and integrity
key in one. SPIs and algorithms come later, in the "established" line of the same state number (``#2``):
``{ESP=>0xOUTBOUND <0xINBOUND xfrm=ENCRYPTION-INTEGRITY ...}``. Without that line the block says nothing certain. The
secrets of the IKE SA stay inside NSS and are never logged. ``ip xfrm state`` is the better source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from analyzer.keys.algorithms import Encryption, Integrity, encryption, integrity
from analyzer.keys.intake import Intake
from analyzer.keys.lines import TextFile, mentions
from analyzer.keys.specs import UnusableError, esp_spec, known
from dissectors.keymat import EspKeys

FORM = "libreswan log"
IS_LOG = re.compile(r"\b(?:inbound|outbound) +keymat:|\bESP (?:encrypt|integrity) key:")
STATE = re.compile(r'"(?:\[[0-9]+\])?(?: [^\s#]{1,80})? #([0-9]{1,9}): ')
KEYMAT = re.compile(r"\b(inbound|outbound) +keymat:")
BYTES = re.compile(r"(?:^|[|\s])((?:[0-9a-f]{2} {1,2}){0,15}[0-9a-f]{2}) *$")
ESTABLISHED = re.compile(r"\{ESP[A-Za-z/]{0,20}=>0x([0-9a-f]{1,8}) <0x([0-9a-f]{1,8}) xfrm=([\w-]{1,80})")
MAX_KEYMAT = 256
BETTER = "libreswan's log names neither SPI nor algorithm for it; ip xfrm state is the better source"


@dataclass(slots=True)
class Keymat:
    """The two key blocks of one state."""

    line: int
    blocks: dict[str, bytearray] = field(default_factory=dict)


def is_libreswan_log(text: str) -> bool:
    return mentions(text, ("keymat:", " key:")) and IS_LOG.search(text) is not None


def read(file: TextFile, intake: Intake) -> None:
    waiting: dict[str, Keymat] = {}
    open_block: bytearray | None = None
    for line in file.lines():
        if open_block is not None and (found := BYTES.search(line.text)) and len(open_block) < MAX_KEYMAT:
            open_block += bytes.fromhex(found[1])
            continue
        open_block = None
        state = _state(line.text)
        if found := KEYMAT.search(line.text):
            open_block = _opened(waiting, state, found[1], line.number, intake)
        elif (found := ESTABLISHED.search(line.text)) and (keymat := waiting.pop(state, None)):
            _established(keymat, found, intake)
    for keymat in waiting.values():
        intake.problem(keymat.line, f"{BETTER}: not used")
    if not intake.taken and not intake.material.problems:
        intake.problem(0, f"no keys in it: {BETTER}")


def _state(text: str) -> str:
    found = STATE.search(text)
    return found[1] if found else ""


def _opened(waiting: dict[str, Keymat], state: str, side: str, line: int, intake: Intake) -> bytearray:
    """A block begins; if its state has one on that side already, that one was never told an SPI."""
    keymat = waiting.get(state)
    if keymat is None or side in keymat.blocks:
        if keymat is not None:
            intake.problem(keymat.line, f"{BETTER}: not used")
        keymat = waiting[state] = Keymat(line)
    block = keymat.blocks[side] = bytearray()
    return block


def _established(keymat: Keymat, found: re.Match[str], intake: Intake) -> None:
    with intake.record(keymat.line):
        cipher, mac = _algorithms(found[3])
        for side, spi in (("outbound", found[1]), ("inbound", found[2])):
            if block := keymat.blocks.get(side):
                intake.add_esp(_esp_keys(bytes(block), int(spi, 16), cipher, mac, intake.origin(keymat.line)))


def _algorithms(text: str) -> tuple[Encryption, Integrity]:
    """``AES_CBC_128-HMAC_SHA2_256_128`` or ``AES_GCM_16_256-NONE-MODP2048``."""
    parts = text.split("-")
    cipher = known(encryption(parts[0]), "encryption")
    return cipher, known(integrity(parts[1] if len(parts) > 1 else "NONE"), "integrity")


def _esp_keys(block: bytes, spi: int, cipher: Encryption, mac: Integrity, origin: str) -> EspKeys:
    mac_size = 0 if cipher.is_aead else mac.key_size or 0
    size = len(block) - mac_size
    if size < 0:
        raise UnusableError(f"the key block has {len(block)} bytes, fewer than its integrity key alone")
    key, integrity_key = block[:size], block[size:]
    return EspKeys(spi, esp_spec(cipher, mac, key, integrity_key), key, integrity_key, origin=origin)
