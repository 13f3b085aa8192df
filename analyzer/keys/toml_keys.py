"""Our own key file in TOML; ``docs/key-files.md`` documents its tables.

Each table is read on its own, so that a mistake costs one table and not the file, and its line is known.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from analyzer.keys.algorithms import Integrity, encryption, integrity, prf
from analyzer.keys.intake import Intake
from analyzer.keys.lines import TextFile, mentions
from analyzer.keys.specs import UnusableError, esp_spec, ike_spec, known
from analyzer.keys.values import address_hint, esp_spi, hex_bytes, ike_spi
from dissectors.ikev2.registry import IntegrityId
from dissectors.keymat import EspKeys, IkeKeys

FORM = "dsmip keys (TOML)"
IS_TOML = re.compile(r"^[ \t]*(?:\[\[[ \t]*(?:ike_sa|esp_sa)[ \t]*\]\]|key_exchange_secrets[ \t]*=)", re.MULTILINE)
TOML_WORDS = ("ike_sa", "esp_sa", "key_exchange_secrets")
TABLE = re.compile(r"^[ \t]*+\[{1,2}[ \t]*+[A-Za-z0-9_.-]{1,60}[ \t]*+\]{1,2}[ \t]*+(?:#|$)")
# tomllib takes quadratic time for a key of many dotted parts; no line of a key file is near these.
MAX_SIZE = 1 << 24
MAX_LINE = 1 << 14
MAX_DOTS = 40
IKE_SECRETS = ("sk_ei", "sk_er", "sk_ai", "sk_ar", "sk_d", "sk_pi", "sk_pr", "key_exchange_secret")
IKE_ENTRIES = {"initiator_spi", "responder_spi", "encryption", "integrity", "prf", *IKE_SECRETS}
ESP_ENTRIES = {
    *("spi", "source", "destination", "encryption", "key"),
    *("integrity", "integrity_key", "icv_bits", "esn"),
}
Table = dict[str, Any]


def is_toml(text: str) -> bool:
    return mentions(text, TOML_WORDS) and IS_TOML.search(text) is not None


def read(file: TextFile, intake: Intake) -> None:
    for first, text in _tables(file, intake):
        try:
            table = tomllib.loads(text)
        except (ValueError, RecursionError) as fault:
            intake.problem(first + _line_in(fault), "this is not valid TOML: its table is not used")
            continue
        _document(table, first, intake)


def _tables(file: TextFile, intake: Intake) -> Iterator[tuple[int, str]]:
    """The text before the first table, then each table: number of its first line, text."""
    first, size = 1, 0
    lines: list[str] = []
    for line in file.lines():
        size += len(line.text)
        if size > MAX_SIZE:
            intake.problem(line.number, f"the file is longer than {MAX_SIZE} characters: the rest is not used")
            break
        if line.cut or len(line.text) > MAX_LINE or line.text.count(".") > MAX_DOTS:
            intake.problem(line.number, "the line is too long: not used")
            lines.append("")
            continue
        if TABLE.match(line.text):
            yield first, "\n".join(lines)
            first, lines = line.number, []
        lines.append(line.text)
    yield first, "\n".join(lines)


def _line_in(fault: BaseException) -> int:
    """tomllib's own words may quote the file: only the line is taken from them."""
    found = re.search(r"at line ([0-9]+)", str(fault))
    return int(found[1]) - 1 if found else 0


def _document(document: Table, first: int, intake: Intake) -> None:
    readers: dict[str, Callable[[Table, str], None]] = {
        "ike_sa": lambda table, origin: intake.add_ike(_ike_sa(table, origin)),
        "esp_sa": lambda table, origin: intake.add_esp(_esp_sa(table, origin)),
    }
    for name, value in document.items():
        with intake.record(first):
            if name == "key_exchange_secrets":
                _secrets(value, first, intake)
            elif name in readers and isinstance(value, list):
                for table in value:
                    readers[name](table, intake.origin(first))
            else:
                raise UnusableError("only [[ike_sa]], [[esp_sa]] and key_exchange_secrets may stand here")


def _secrets(value: object, line: int, intake: Intake) -> None:
    if not isinstance(value, list):
        raise UnusableError("key_exchange_secrets is not a list")
    for place, one in enumerate(value, 1):
        with intake.record(line):
            secret = hex_bytes(one, f"key exchange secret {place}") if isinstance(one, str) else b""
            if not secret:
                raise UnusableError(f"key exchange secret {place} is not a string of hex digits")
            intake.add_secret(secret)


def _ike_sa(table: Table, origin: str) -> IkeKeys:
    _check_entries(table, IKE_ENTRIES)
    secrets = {name: hex_bytes(_text(table, name), name) for name in IKE_SECRETS}
    if not any(secrets.values()):
        raise UnusableError("the table holds no secret")
    spis = _spi_pair(table)
    spec = None
    if "encryption" in table:
        spec = ike_spec(
            known(encryption(_text(table, "encryption")), "encryption"),
            _integrity(table),
            (secrets["sk_ei"], secrets["sk_er"]),
            (secrets["sk_ai"], secrets["sk_ar"]),
            known(prf(_text(table, "prf")), "prf") if "prf" in table else None,
        )
    return IkeKeys(*spis, **secrets, spec=spec, origin=origin)


def _spi_pair(table: Table) -> tuple[bytes | None, bytes | None]:
    initiator, responder = _text(table, "initiator_spi"), _text(table, "responder_spi")
    return ike_spi(initiator, "initiator") if initiator else None, ike_spi(
        responder, "responder"
    ) if responder else None


def _esp_sa(table: Table, origin: str) -> EspKeys:
    _check_entries(table, ESP_ENTRIES)
    key, integrity_key = hex_bytes(_text(table, "key")), hex_bytes(_text(table, "integrity_key"), "integrity key")
    esn, icv_bits = table.get("esn"), table.get("icv_bits")
    if esn is not None and not isinstance(esn, bool):
        raise UnusableError("esn is neither true nor false")
    mac = _integrity(table)
    if icv_bits is not None:
        mac = Integrity(mac.id, _icv_size(icv_bits), mac.checked)
    spec = esp_spec(known(encryption(_text(table, "encryption", "NULL")), "encryption"), mac, key, integrity_key)
    return EspKeys(
        spi=_esp_spi(table),
        spec=spec,
        key=key,
        integrity_key=integrity_key,
        source=address_hint(_text(table, "source", "*")),
        destination=address_hint(_text(table, "destination", "*")),
        esn=esn,
        origin=origin,
    )


def _integrity(table: Table) -> Integrity:
    if "integrity" not in table:
        return Integrity(IntegrityId.NONE)
    return known(integrity(_text(table, "integrity")), "integrity")


def _icv_size(bits: object) -> int:
    if not isinstance(bits, int) or isinstance(bits, bool) or bits % 8 or not 0 < bits <= 512:
        raise UnusableError("icv_bits is not a whole number of bytes from 8 to 512 bits")
    return bits // 8


def _esp_spi(table: Table) -> int | None:
    """A number (TOML knows 0x) or a string; left out it stands for any."""
    spi = table.get("spi", "*")
    if isinstance(spi, int) and not isinstance(spi, bool):
        spi = str(spi)
    if not isinstance(spi, str):
        raise UnusableError("spi is neither a number nor a string")
    return esp_spi(spi)


def _check_entries(table: object, allowed: set[str]) -> None:
    if not isinstance(table, dict):
        raise UnusableError("this is not a table")
    if table.keys() - allowed:
        raise UnusableError(f"the table has an entry other than {', '.join(sorted(allowed))}")


def _text(table: Table, name: str, default: str = "") -> str:
    value = table.get(name, default)
    if not isinstance(value, str):
        raise UnusableError(f"{name} is not a string")
    return value
