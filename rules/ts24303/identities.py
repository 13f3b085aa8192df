"""What identities look like: NAIs (RFC 4282), EAP-AKA usernames (TS 23.003, RFC 4187) and APNs (TS 23.003)."""

from __future__ import annotations

import re
from enum import Enum

from dissectors.ikev2.messages import Identification
from dissectors.ikev2.registry import IdType
from rules.ts24303.places import named, quoted

LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
QUOTED_PAIR = re.compile(r"\\[\x00-\x7f]")
NOT_IN_USERNAME = re.compile(r"[\x00-\x20\x7f\"(),:;<>@\[\\\]]")
IMSI = re.compile(r"[0-9]{6,15}")
HOME_REALM = re.compile(r"mnc[0-9]{3}\.mcc(?P<mcc>[0-9]{3})\.3gppnetwork\.org$", re.IGNORECASE)
OPERATOR_PART = re.compile(
    r"\.(?:mnc[0-9]{2,3}\.mcc[0-9]{3}\.gprs|(?:apn\.epc|ha-apn)\.mnc[0-9]{2,3}\.mcc[0-9]{3}\.(?:pub\.)?3gppnetwork\.org)$",
    re.IGNORECASE,
)
"""What may follow the network identifier of an APN: TS 23.003 clauses 9.1.2, 19.4.2 and 21."""
LONGEST_APN = 100
"""Octets of an APN with a length octet before each label: TS 23.003 clause 9.1."""
LONGEST_LABEL = 63


def id_type_name(id_type: int) -> str:
    """``ID_FQDN``, or the number."""
    return f"ID_{named(id_type, IdType, 'type')}"


def shown_identity(identification: Identification) -> str:
    """``'user@realm' (ID_RFC822_ADDR)``."""
    return f"{quoted(identification.text)} ({id_type_name(identification.id_type)})"


# NAI


def nai_fault(data: bytes) -> str:
    """Why some octets are no NAI of the form username@realm; empty if they are one."""
    try:
        username, at, realm = data.decode("utf-8").rpartition("@")
    except UnicodeDecodeError:
        return "not UTF-8"
    if not at:
        return "no @realm"
    if not username:
        return "no username before the @"
    bare = QUOTED_PAIR.sub("x", username)
    if NOT_IN_USERNAME.search(bare) or "" in bare.split("."):
        return "a username that RFC 4282 does not allow"
    labels = realm.split(".")
    if len(labels) < 2 or not all(map(LABEL.fullmatch, labels)):
        return f"{quoted(realm)} is no realm of two or more labels"
    return ""


def same_nai(one: bytes, other: bytes) -> bool:
    """Equal, the realm in any letter case; a NUL that some clients append does not count."""
    user, _, realm = one.rstrip(b"\0").rpartition(b"@")
    other_user, _, other_realm = other.rstrip(b"\0").rpartition(b"@")
    return user == other_user and realm.lower() == other_realm.lower()


# EAP-AKA usernames


class Username(Enum):
    """The forms of TS 23.003 clauses 14 and 19.3, told by their first digit."""

    IMSI = "IMSI-based"
    PSEUDONYM = "pseudonym"
    REAUTHENTICATION = "fast re-authentication"


TEMPORARY = {"2": Username.PSEUDONYM, "4": Username.REAUTHENTICATION}
OTHER_METHODS = {
    "1": "IMSI for EAP-SIM",
    "3": "pseudonym for EAP-SIM",
    "5": "fast re-authentication for EAP-SIM",
    "6": "IMSI for EAP-AKA'",
    "7": "pseudonym for EAP-AKA'",
    "8": "fast re-authentication for EAP-AKA'",
}


def username_form(nai: str) -> tuple[Username | None, str]:
    """The form of a NAI's username for EAP-AKA; ``None`` and why, if it has none of the three."""
    username, _, realm = nai.rpartition("@") if "@" in nai else (nai, "", "")
    username, realm = _undecorated(username, realm)
    first = username[:1]
    if first == "0":
        fault = _imsi_fault(username[1:], username, realm)
        return (None, fault) if fault else (Username.IMSI, "")
    if first in TEMPORARY and len(username) > 1:
        return TEMPORARY[first], ""
    meaning = OTHER_METHODS.get(first) if len(username) > 1 else None
    return None, f"it begins with {first} ({meaning})" if meaning else "it begins with none of 0, 2 and 4"


def _undecorated(username: str, realm: str) -> tuple[str, str]:
    """RFC 4282 section 2.7: ``home!user@visited`` is ``user@home``."""
    home, mark, user = username.rpartition("!")
    return (user, home.partition("!")[0]) if mark and username[:1] not in "024" else (username, realm)


def _imsi_fault(digits: str, username: str, realm: str) -> str:
    """A realm that names the MCC tells an IMSI that begins with 0 from a leading 0 that was forgotten."""
    home = HOME_REALM.search(realm)
    mcc = home["mcc"] if home else "none"
    if IMSI.fullmatch(username) and username.startswith(mcc) and not digits.startswith(mcc):
        return "the IMSI stands there without the leading 0"
    if IMSI.fullmatch(digits):
        return ""
    return f"0 and not 6 to 15 digits of an IMSI, but {len(digits)} characters" if digits else "no IMSI behind the 0"


# APN


def apn_fault(identification: Identification) -> str:
    """Why an IDr is no APN: labels of letters, digits and hyphens, at most 100 octets; empty if it is one."""
    data = identification.data
    if identification.id_type == IdType.KEY_ID and _is_length_prefixed(data):
        return ""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return "not ASCII"
    if not text:
        return "empty"
    if len(text) + 1 > LONGEST_APN:
        return f"{len(text) + 1} octets as an APN, over {LONGEST_APN}"
    wrong = next((label for label in text.split(".") if not LABEL.fullmatch(label)), None)
    return "" if wrong is None else f"label {quoted(wrong)} {_label_fault(wrong)}"


def _label_fault(label: str) -> str:
    if not label:
        return "is empty"
    if len(label) > LONGEST_LABEL:
        return f"has {len(label)} octets, over {LONGEST_LABEL}"
    if label.strip("-") != label:
        return "begins or ends with a hyphen"
    return "holds something other than letters, digits and hyphens"


def _is_length_prefixed(data: bytes) -> bool:
    """The form an APN has in an information element: a length octet before each label."""
    if not 1 < len(data) <= LONGEST_APN:
        return False
    at = 0
    while at < len(data):
        label = data[at + 1 : at + 1 + data[at]]
        if len(label) != data[at] or not LABEL.fullmatch(label.decode("latin-1")):
            return False
        at += 1 + data[at]
    return True


def same_apn(one: str, other: str) -> bool:
    """The same network identifier, in any letter case and with or without the operator's part."""
    return _network_identifier(one) == _network_identifier(other)


def _network_identifier(apn: str) -> str:
    return OPERATOR_PART.sub("", apn).lower()
