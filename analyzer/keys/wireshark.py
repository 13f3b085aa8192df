"""Wireshark's tables ``ikev2_decryption_table`` and ``esp_sa``, which strongSwan's save-keys plugin writes as well.

A row is a line of comma separated columns; text stands in double quotes with ``\\xHH`` for odd characters, ``#``
begins a comment line. Rows of both tables may stand in one file. A row may carry the ``uat:NAME:`` of Wireshark's
preferences file in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.keys.algorithms import encryption, integrity
from analyzer.keys.intake import Intake
from analyzer.keys.lines import TextFile
from analyzer.keys.specs import UnusableError, esp_spec, ike_spec, known
from analyzer.keys.values import MAX_KEY_BYTES, address_hint, esp_spi, hex_bytes, ike_spi
from dissectors.keymat import EspKeys, IkeKeys

IKE_FORM = "Wireshark ikev2_decryption_table"
ESP_FORM = "Wireshark esp_sa"
PREFIX = r"[ \t]*+(?:uat:[a-z0-9_]{1,40}:)?[ \t]*+"
ROW_PREFIX = re.compile(rf"^{PREFIX}")
COLUMN = re.compile(r'[ \t]*+(?:"((?:[^"\\]|\\.)*+)"|([^,"]*+))[ \t]*+(,|$)')
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))")
ESP_ROW = re.compile(rf'^{PREFIX}"?(?:ipv4|ipv6|any)"?[ \t]*+,', re.IGNORECASE)
IS_ESP = re.compile(rf'^{PREFIX}"?(?:ipv4|ipv6|any)"?[ \t]*+,(?:[^,\n]{{0,80}}+,){{4}}', re.IGNORECASE | re.MULTILINE)
IS_IKE = re.compile(
    rf'^{PREFIX}"?(?:0x)?[0-9a-f]{{1,16}}"?[ \t]*+,[^,\n]{{0,40}}+,(?:[^,\n]{{0,2100}}+,){{2}}[ \t]*+"[a-z0-9]',
    re.IGNORECASE | re.MULTILINE,
)
IS_IKEV1 = re.compile(
    rf'^{PREFIX}"?(?:0x)?[0-9a-f]{{16}}"?[ \t]*,[ \t]*"?(?:0x)?[0-9a-f]{{2,512}}"?[ \t]*\r?$',
    re.IGNORECASE | re.MULTILINE,
)
MAX_COLUMNS = 32


def is_ike_table(text: str) -> bool:
    return IS_IKE.search(text) is not None


def is_esp_table(text: str) -> bool:
    return IS_ESP.search(text) is not None


def is_ikev1_table(text: str) -> bool:
    return IS_IKEV1.search(text) is not None


def read(file: TextFile, intake: Intake) -> None:
    for line in file.lines():
        if line.cut:
            intake.problem(line.number, "the line is too long: not used")
            continue
        text = line.text.strip()
        if not text or text.startswith("#"):
            continue
        with intake.record(line.number):
            row = _plain_columns(text) or list(columns(text))
            if ESP_ROW.match(text):
                intake.add_esp(_esp_row(row, intake.origin(line.number)))
            else:
                intake.add_ike(_ike_row(row, intake.origin(line.number)))


def _plain_columns(text: str) -> list[str] | None:
    """The columns of a row without escapes, prefix, and quotes or commas inside quotes, as nearly all rows are."""
    if "\\" in text or text.startswith("uat:"):
        return None
    found = []
    for part in text.split(","):
        column = part.strip()
        if '"' in column:
            if column.count('"') != 2 or column[0] != '"' or column[-1] != '"' or part.strip(" \t") != column:
                return None
            column = column[1:-1]
        found.append(column)
    return found if len(found) < MAX_COLUMNS else None


def columns(text: str) -> Iterator[str]:
    """The columns of a row, quotes and escapes undone."""
    text = ROW_PREFIX.sub("", text)
    position, separator = 0, ","
    for _ in range(MAX_COLUMNS):
        if separator != ",":
            return
        found = COLUMN.match(text, position)
        if found is None:
            raise UnusableError("a quote is not closed or stands inside a column")
        quoted, bare, separator = found.groups()
        position = found.end()
        yield bare.strip() if quoted is None else ESCAPE.sub(_unescaped, quoted)
    raise UnusableError(f"the row has more than {MAX_COLUMNS} columns")


def _unescaped(found: re.Match[str]) -> str:
    r"""``\xHH`` is one byte; above 127 it travels as a surrogate, as undecodable bytes of the file do."""
    if found[1] is None:
        return found[2]
    byte = int(found[1], 16)
    return chr(byte if byte < 128 else 0xDC00 + byte)


def _ike_row(row: list[str], origin: str) -> IkeKeys:
    if len(row) < 8:
        raise UnusableError(f"a row of ikev2_decryption_table has 8 columns, this has {len(row)}")
    spi_i, spi_r = ike_spi(row[0], "initiator"), ike_spi(row[1], "responder")
    sk_ei, sk_er = hex_bytes(row[2], "SK_ei"), hex_bytes(row[3], "SK_er")
    sk_ai, sk_ar = hex_bytes(row[5], "SK_ai"), hex_bytes(row[6], "SK_ar")
    spec = ike_spec(
        known(encryption(row[4]), "encryption"),
        known(integrity(row[7]), "integrity"),
        (sk_ei, sk_er),
        (sk_ai, sk_ar),
    )
    return IkeKeys(spi_i, spi_r, sk_ei, sk_er, sk_ai, sk_ar, spec=spec, origin=origin)


def _esp_row(row: list[str], origin: str) -> EspKeys:
    if len(row) < 8:
        raise UnusableError(f"a row of esp_sa has 8 columns or more, this has {len(row)}")
    key, integrity_key = _esp_key(row[5], "encryption key"), _esp_key(row[7], "authentication key")
    spec = esp_spec(
        known(encryption(row[4]), "encryption"),
        known(integrity(row[6]), "authentication"),
        key,
        integrity_key,
    )
    return EspKeys(
        spi=esp_spi(row[3]),
        spec=spec,
        key=key,
        integrity_key=integrity_key,
        source=address_hint(row[1]),
        destination=address_hint(row[2]),
        esn=_esn(row[8]) if len(row) > 8 else None,
        origin=origin,
    )


def _esp_key(text: str, what: str) -> bytes:
    """Hex only with ``0x``; anything else is the key itself as text, as Wireshark takes it."""
    if text[:2] in ("0x", "0X"):
        return hex_bytes(text, what)
    key = text.encode("utf-8", "surrogateescape")
    if len(key) > MAX_KEY_BYTES:
        raise UnusableError(f"the {what} is longer than {MAX_KEY_BYTES} bytes")
    return key


def _esn(text: str) -> bool | None:
    """The "SN" column of Wireshark since 4.4; the upper bits of the next column are found by trial."""
    return {"32-bit": False, "64-bit": True}.get(text.strip().casefold())
