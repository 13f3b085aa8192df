"""Key files and folders of the user, each recognised by content, to ``KeyMaterial``."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from analyzer.keys import charon, libreswan, toml_keys, wireshark, xfrm
from analyzer.keys.intake import MAX_KEYS, FullError, Intake
from analyzer.keys.lines import TextFile, decoded, why_no_text
from dissectors.keymat import KeyMaterial, KeyProblem, KeySource

MAX_DEPTH = 4
MAX_FILES = 1000
NOT_KEYS = "not a key file"
IKEV1 = "Wireshark ikev1_decryption_table"

Importer = Callable[[TextFile, Intake], None]

# Recognised in this order: a log may quote a table, a table never quotes a log.
FORMS: tuple[tuple[str, Callable[[str], bool], Importer | None], ...] = (
    (toml_keys.FORM, toml_keys.is_toml, toml_keys.read),
    (charon.FORM, charon.is_charon_log, charon.read),
    (libreswan.FORM, libreswan.is_libreswan_log, libreswan.read),
    (xfrm.FORM, xfrm.is_xfrm_state, xfrm.read),
    (wireshark.IKE_FORM, wireshark.is_ike_table, wireshark.read),
    (wireshark.ESP_FORM, wireshark.is_esp_table, wireshark.read),
    (IKEV1, wireshark.is_ikev1_table, None),
)


class KeyFileError(Exception):
    """A path that the user named is not there or cannot be read; the text is one sentence."""


def load_keys(paths: Sequence[str | Path]) -> KeyMaterial:
    """All keys of these files and folders.

    A folder gives every file in it and in its subfolders, in order of name, hidden ones left out; what is no key
    file there is only listed among the sources. A file that is named and gives nothing is a problem.
    """
    found = KeyMaterial()
    for path in map(Path, paths):
        try:
            found.add(_folder(path) if path.is_dir() else _file(path))
        except OSError as fault:
            raise KeyFileError(f"cannot read the key file {path}: {fault.strerror or 'it is not readable'}") from fault
        except ValueError as fault:  # a null byte in the name
            raise KeyFileError("cannot read a key file: its name is not valid") from fault
    return found


def recognise(content: str | bytes) -> str | None:
    """The form of key file that this is the content (or its beginning) of, or ``None``."""
    if isinstance(content, bytes):
        if why_no_text(content):
            return None
        content = decoded(content)
    known = _recognised(content)
    return known[0] if known else None


def _recognised(text: str) -> tuple[str, Importer | None] | None:
    for form, is_form, read in FORMS:
        if is_form(text):
            return form, read
    return None


def _file(path: Path) -> KeyMaterial:
    """One file that the user named: if it is of no use, the user is told."""
    intake = Intake(str(path))
    with TextFile(path) as file:
        if reason := file.why_no_text():
            intake.problem(0, f"not a key file: {reason}")
            return intake.material
        known = _recognised(file.head_text())
        if known is None:
            intake.problem(0, "not a key file: it has none of the forms that docs/key-files.md lists")
            return intake.material
        return _import(file, intake, *known)


def _import(file: TextFile, intake: Intake, form: str, read: Importer | None) -> KeyMaterial:
    if read is None:
        intake.problem(0, "these are IKEv1 keys, which are of no use here")
        return intake.finish(f"{form} (not used)")
    try:
        read(file, intake)
    except FullError:
        intake.problem(0, f"more than {MAX_KEYS} keys: the rest is not used")
    return intake.finish(form)


def _folder(folder: Path) -> KeyMaterial:
    """Every file of the folder; one that is no key file is listed quietly, one that is unreadable is a problem."""
    found = KeyMaterial()
    for number, path in enumerate(_files_in(sorted(folder.iterdir()), MAX_DEPTH, found.problems)):
        if number == MAX_FILES:
            found.problems.append(KeyProblem(str(folder), 0, f"more than {MAX_FILES} files: the rest is not read"))
            break
        try:
            one = _file(path)
        except OSError as fault:
            found.problems.append(_unreadable(path, fault))
            continue
        if not one.sources:
            one = KeyMaterial(sources=[KeySource(str(path), NOT_KEYS, 0, 0)])
        found.add(one)
    return found


def _files_in(entries: list[Path], depth: int, problems: list[KeyProblem]) -> Iterator[Path]:
    """Files in order of name, subfolders down to ``depth``; linked folders are left out, they might go in circles."""
    for path in entries:
        if path.name.startswith("."):
            continue
        if _is_regular(path):
            yield path
        elif depth > 1 and path.is_dir() and not path.is_symlink():
            try:
                below = sorted(path.iterdir())
            except OSError as fault:
                problems.append(_unreadable(path, fault))
                continue
            yield from _files_in(below, depth - 1, problems)


def _unreadable(path: Path, fault: OSError) -> KeyProblem:
    return KeyProblem(str(path), 0, f"cannot be read: {fault.strerror or 'not readable'}")


def _is_regular(path: Path) -> bool:
    """A pipe or a device in a folder is left alone: it might never end. A broken link is no file."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False
