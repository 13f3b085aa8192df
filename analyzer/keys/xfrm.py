"""``ip xfrm state``: the kernel's security associations as iproute2 prints them, also with ``-s`` and ``-o``.

An SA begins with a line ``src A dst B``; the lines that follow are indented, or joined by backslashes with ``-o``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from analyzer.keys.algorithms import encryption, kernel_integrity
from analyzer.keys.intake import Intake
from analyzer.keys.lines import TextFile, mentions
from analyzer.keys.specs import UnusableError, esp_spec, known
from analyzer.keys.values import AddressHint, address_hint, hex_bytes
from dissectors.keymat import EspKeys

FORM = "ip xfrm state"
IS_START = re.compile(
    r"^[ \t]*+(?:\w{1,10} )?src [0-9a-fA-F.:]{2,45} dst [0-9a-fA-F.:]{2,45}(?:[\s\\]|$)", re.MULTILINE
)
IS_PROTO = re.compile(r"\bproto \w{1,10}(?:\([0-9]+\))? spi 0x[0-9a-fA-F]")
# Blanks are made single before these are tried.
START = re.compile(r"^(?:\w{1,10} )?src (\S{1,60}) dst (\S{1,60}) ?(.*)$")
PROTO = re.compile(r"^proto (\w+)(?:\([0-9]+\))? spi 0x([0-9a-fA-F]{1,8})\b")
FLAG = re.compile(r"\bflag ([^()]*)")
ESN_FLAG = 0x80  # XFRM_STATE_ESN; an iproute2 that has no name for it prints hex
SELECTOR = re.compile(r"^sel src (\S{1,60}) dst (\S{1,60})")
ALGORITHM = re.compile(
    r"^(enc|auth|auth-trunc|aead) (\S{1,60})(?: (0x[0-9a-fA-F]*|<<[^>]*>>))?"
    r"(?: \([0-9]{1,6} bits\))?(?: ([0-9]{1,4}))?$"
)
HIDDEN = "its keys are hidden: run ip xfrm state as root and without nokeys"
OLD_ICV = 12  # what "auth" without a length means to the kernel


@dataclass(slots=True)
class State:
    """One SA as its lines come."""

    line: int
    source: str
    destination: str
    protocol: str = ""
    spi: int = 0
    transport: bool = False
    broken: bool = False
    esn: bool = False
    selector: tuple[str, str] | None = None
    algorithms: dict[str, tuple[str, str, int]] = field(default_factory=dict)


def is_xfrm_state(text: str) -> bool:
    """The first lines of an SA; a log that only mentions SPIs has no line that begins with addresses."""
    if not (mentions(text, ("src ",)) and mentions(text, ("proto ",))):
        return False
    return IS_START.search(text) is not None and IS_PROTO.search(text) is not None


def read(file: TextFile, intake: Intake) -> None:
    state: State | None = None
    for number, text in _lines(file, intake):
        if (found := START.match(text)) and not text.startswith(("sel ", "tmpl ")):
            _finish(state, intake)
            state = State(number, found[1], found[2])
            text = found[3]
        if state is not None:
            with intake.record(number):
                _take(state, text)
    _finish(state, intake)


def _lines(file: TextFile, intake: Intake) -> Iterator[tuple[int, str]]:
    for line in file.lines():
        if line.cut:
            intake.problem(line.number, "the line is too long: not used")
        for part in line.text.split("\\"):
            if words := part.split():
                yield line.number, " ".join(words)


def _take(state: State, text: str) -> None:
    """One line of an SA."""
    if found := PROTO.match(text):
        state.protocol, state.spi = found[1], int(found[2], 16)
        state.transport = " mode transport" in text
    elif found := SELECTOR.match(text):
        state.selector = found[1], found[2]
    elif found := ALGORITHM.match(text):
        state.algorithms[found[1]] = found[2], found[3] or "", int(found[4] or 0)
    elif text.startswith(("enc ", "auth ", "auth-trunc ", "aead ")):
        state.broken = True
        raise UnusableError("the algorithm line is not in the form that ip prints")
    elif found := FLAG.search(text):
        state.esn |= _has_esn(found[1].split())


def _has_esn(flags: list[str]) -> bool:
    rest = flags[-1] if flags else ""
    return "esn" in flags or bool(re.fullmatch(r"[0-9a-f]{2}", rest) and int(rest, 16) & ESN_FLAG)


def _finish(state: State | None, intake: Intake) -> None:
    """AH, IPComp and the kernel's requests for an SA carry nothing that opens ESP: they are passed over."""
    if state is None or state.broken or state.protocol != "esp" or not state.algorithms:
        return
    with intake.record(state.line):
        intake.add_esp(_esp_keys(state, intake.origin(state.line)))


def _esp_keys(state: State, origin: str) -> EspKeys:
    if any("<<" in key for _, key, _ in state.algorithms.values()):
        raise UnusableError(HIDDEN)
    name, key_text, icv_bits = state.algorithms.get("aead") or state.algorithms.get("enc") or ("null", "", 0)
    auth_name, auth_text, icv_size = _authentication(state)
    if "aead" in state.algorithms:
        auth_name, icv_size = "digest_null", 0
    cipher, key, integrity_key = known(encryption(name), "encryption"), hex_bytes(key_text), hex_bytes(auth_text)
    integrity = known(kernel_integrity(auth_name, icv_size), "authentication")
    if cipher.icv_open and icv_bits:
        integrity = type(integrity)(integrity.id, icv_bits // 8)
    source, destination = _hints(state)
    spec = esp_spec(cipher, integrity, key, integrity_key)
    return EspKeys(state.spi, spec, key, integrity_key, source, destination, state.esn, origin=origin)


def _authentication(state: State) -> tuple[str, str, int]:
    """Name, key and ICV bytes. ``auth`` alone means 96 bits whatever the hash."""
    if "auth-trunc" in state.algorithms:
        name, key, bits = state.algorithms["auth-trunc"]
        return name, key, bits // 8
    name, key, _ = state.algorithms.get("auth", ("digest_null", "", 0))
    return name, key, OLD_ICV


def _hints(state: State) -> tuple[AddressHint, AddressHint]:
    """The SA's addresses (with Mobile IPv6 Home Address and Home Agent); where one is open, the selector's."""
    selector = state.selector if state.transport and state.selector else ("*", "*")
    return _hint(state.source, selector[0]), _hint(state.destination, selector[1])


def _hint(address: str, selected: str) -> AddressHint:
    found = address_hint(address)
    return address_hint(selected) if found is None or found[0].is_unspecified else found
