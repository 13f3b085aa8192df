"""Text from the wire that cannot act on a terminal: control codes, bidi marks and line breaks come out as escapes."""

from __future__ import annotations


def inert_text(data: bytes) -> str:
    """``data`` as UTF-8, with everything that is not plainly printable escaped."""
    return inert(data.decode("utf-8", "backslashreplace"))


def inert(text: str) -> str:
    """``text`` with everything that is not plainly printable escaped."""
    return text if text.isprintable() else "".join(map(_escape, text))


def is_plain_text(data: bytes) -> bool:
    """Whether ``data`` is text that needs no escape."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text) and text.isprintable()


def text_or_hex(data: bytes) -> str:
    """``data`` as text if it plainly is text, otherwise in hex."""
    return data.decode("utf-8") if is_plain_text(data) else data.hex()


def _escape(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
