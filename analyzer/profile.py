"""The profile file (TOML): the facts that no packet shows. Every fact is optional; see docs/profile.md."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from dissectors.events import Address
from rules.ledger import OBSERVATION, ledger
from rules.model import Role
from rules.profile import DEADLINES, Profile, Waiver

SEVERITIES = ("error", "warning", "note", "ignore")


class ProfileError(Exception):
    """The profile cannot be used; the message is one sentence for the user."""


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text")
    return value


def _one_of(*choices: str) -> Callable[[Any], str]:
    def choose(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return choose


def _notify_number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 65536:
        raise ValueError("must be a number from 1 to 65535")
    return value


def _deadlines(value: Any) -> Mapping[str, float]:
    given = dict(DEADLINES)
    for name, seconds in _table(value).items():
        if name not in DEADLINES:
            raise ValueError(f"has no deadline {name!r} (there are {', '.join(DEADLINES)})")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 86400 * 366:
            raise ValueError(f"{name} must be seconds above 0")
        given[name] = float(seconds)
    return given


def _severities(value: Any) -> Mapping[str, str]:
    for rule, severity in _table(value).items():
        _known(rule)
        if severity not in SEVERITIES:
            raise ValueError(f"{rule} must be one of {', '.join(SEVERITIES)}")
    return dict(value)


def _known(rule: str) -> str:
    """A mistyped rule would be a fact that silently does nothing."""
    if rule not in ledger() and not rule.startswith(OBSERVATION):
        near = get_close_matches(rule.upper(), ledger(), n=2, cutoff=0.5)
        raise ValueError(f"names {rule!r}, which is no requirement" + (f" (near: {', '.join(near)})" if near else ""))
    return rule


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be a table")
    return value


FACTS: Mapping[str, Callable[[Any], Any]] = {
    "first_attach": _boolean,
    "capture_point": _one_of("ue", "ha", "between"),
    "andsf_used": _boolean,
    "ha_ifom": _boolean,
    "ue_ifom": _boolean,
    "ipv4_pool_empty": _boolean,
    "target_apn": _text,
    "prefer": _one_of("24.303", "rfc"),
    "pdn_identifier_notify": _notify_number,
    "deadlines": _deadlines,
    "severity": _severities,
}
"""The plain facts and how each is checked; ``addresses`` and ``waiver`` have shapes of their own."""


def load_profile(path: str | Path | None) -> Profile:
    """The profile in a file, or the empty one. Raises :class:`ProfileError` with one sentence."""
    if path is None:
        return Profile()
    try:
        given = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: is not TOML: {error}") from None
    try:
        return _profile(given)
    except ValueError as error:
        raise ProfileError(f"{path}: {error}") from None


def _profile(given: dict[str, Any]) -> Profile:
    facts: dict[str, Any] = {}
    for name, value in given.items():
        if name == "addresses":
            facts["names"], facts["roles"] = _addresses(_table(value))
        elif name == "waiver":
            facts["waivers"] = _waivers(value)
        elif name in FACTS:
            facts[name] = _checked(name, value)
        else:
            known = ", ".join([*FACTS, "addresses", "waiver"])
            raise ValueError(f"has no fact {name!r} (there are {known})")
    return Profile(**facts)


def _checked(name: str, value: Any) -> Any:
    try:
        return FACTS[name](value)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


def _addresses(given: dict[str, Any]) -> tuple[dict[Address, str], dict[Address, Role]]:
    """``"192.0.2.1" = "HA"`` or ``= { name = "pgw1", role = "HA" }``."""
    names: dict[Address, str] = {}
    roles: dict[Address, Role] = {}
    for text, value in given.items():
        entry = {"role": value} if isinstance(value, str) else _table(value)
        try:
            address = ip_address(text)
        except ValueError:
            raise ValueError(f"addresses: {text!r} is no IP address") from None
        role = entry.get("role")
        if role is not None and role not in ("UE", "HA"):
            raise ValueError(f"addresses: the role of {text} must be UE or HA")
        if role is not None:
            roles[address] = Role(role)
        if "name" in entry:
            names[address] = _text(entry["name"])
    return names, roles


def _waivers(given: Any) -> tuple[Waiver, ...]:
    if not isinstance(given, list):
        raise ValueError("waiver must be written as [[waiver]]")
    waivers = []
    for entry in given:
        table = _table(entry)
        if not table.get("rule") or not table.get("reason"):
            raise ValueError("each [[waiver]] needs a rule and a reason")
        expires = table.get("expires")
        if expires is not None and not isinstance(expires, date):
            raise ValueError("a waiver's expires must be a date, such as 2027-01-31")
        waivers.append(
            Waiver(_known(str(table["rule"])), str(table["reason"]), expires.isoformat() if expires else None)
        )
    return tuple(waivers)
