"""What a compliant message carries where a ladder does not say: RFC 7296 with EAP, as on S2c."""

from __future__ import annotations

from collections.abc import Callable

from dissectors.ikev2.registry import ExchangeType
from rules.ladder.eap import CHALLENGE, answer_to, next_request
from rules.ladder.payloads import name_of
from rules.ladder.scene import Place
from rules.ladder.script import words_of
from rules.model import Role

Tokens = tuple[str, ...]
DNS = {"INTERNAL_IP6_DNS": "2001:db8::53", "INTERNAL_IP4_DNS": "192.0.2.53"}


def compliant(place: Place) -> Tokens:
    """The payloads of a compliant message in this place, as ladder words."""
    make = PLACES.get((place.exchange, place.response))
    return tuple(words_of(make(place))) if make else ()


def changed(tokens: Tokens, added: Tokens, removed: Tokens) -> Tokens:
    """``with`` replaces the payload of the same name or adds one, the second of a name too; ``without`` removes."""
    gone = {name_of(token) for token in removed}
    kept = [token for token in tokens if name_of(token) not in gone]
    placed = {"N"}
    for token in added:
        name = name_of(token)
        places = [n for n, old in enumerate(kept) if name_of(old) == name] if name not in placed else []
        placed.add(name)
        if places:
            kept[places[0]] = token
        else:
            kept.append(token)
    return tuple(kept)


def _init_request(place: Place) -> str:
    sa = place.sa
    plain = "SA KE Ni N(REDIRECT_SUPPORTED)"
    if sa.refused and place.sender.name in sa.asked:
        again = [t for t in sa.asked[place.sender.name] if name_of(t) != "N COOKIE"]
        plain = " ".join(again)
    elif sa.redirected_from:
        plain = f"SA KE Ni N(REDIRECTED_FROM={sa.redirected_from})"
    return f"{sa.cookie} {plain}"


def _init_response(place: Place) -> str:
    return "SA KE Nr"


def _completing(place: Place) -> bool:
    """EAP has succeeded, or the ladder begins behind it."""
    sa = place.sa
    if sa.identified or sa.eap:
        return sa.eap.get(Role.HA, "").startswith("EAP(Success")
    return place.message_id > 2


def _first(place: Place) -> bool:
    return not place.sa.identified and not place.sa.eap and place.message_id <= 1


def _auth_request(place: Place) -> str:
    if _first(place):
        return "IDi IDr CP(REQUEST MIP6_HOME_PREFIX INTERNAL_IP6_DNS INTERNAL_IP4_DNS) SA TSi(any) TSr(any)"
    return "AUTH" if _completing(place) else answer_to(place.sa.eap.get(Role.HA, ""), place)


def _auth_response(place: Place) -> str:
    asked = place.sa.asked.get(place.receiver.name, ())
    if any(name_of(t) == "IDi" for t in asked):
        echoed = next((t for t in asked if name_of(t) == "IDr"), "IDr")
        return f"{echoed} CERT AUTH {CHALLENGE}"
    if any(name_of(t) == "AUTH" for t in asked) or (not asked and _completing(place)):
        return f"AUTH {_reply(place)} SA TSi(any) TSr(any)"
    return next_request(place.sa.eap.get(Role.UE, "EAP(Response/AKA-Challenge)"))


def _reply(place: Place) -> str:
    """A CFG_REPLY that gives what the CFG_REQUEST asked for."""
    request = next((t for t in place.sa.identified if t.startswith("CP(REQUEST")), "")
    if place.sa.identified and not request:
        return ""
    asked = request[len("CP(REQUEST") : -1].split() or ["MIP6_HOME_PREFIX", *DNS]
    known = {"MIP6_HOME_PREFIX": str(place.ue.home_prefix), **DNS}
    names = dict.fromkeys(word.partition("=")[0] for word in asked)
    return f"CP(REPLY {' '.join(f'{name}={known[name]}' for name in names if name in known)})"


def _child_request(place: Place) -> str:
    return f"N(USE_TRANSPORT_MODE) SA Ni {_home_selectors(place, place.sender.role)}"


def _child_response(place: Place) -> str:
    asked = place.sa.asked.get(place.receiver.name, ())
    if any(t.startswith("SA(IKE") for t in asked):
        return "SA(IKE) Nr KE"
    transport = "N(USE_TRANSPORT_MODE) " if not asked or "N(USE_TRANSPORT_MODE)" in asked else ""
    pfs = "KE" if any(name_of(t) == "KE" for t in asked) else ""
    selectors = [t for t in asked if name_of(t) in ("TSi", "TSr")]
    return f"{transport}SA Nr {pfs} {' '.join(selectors) or _home_selectors(place, place.receiver.role)}"


def _home_selectors(place: Place, asker: Role) -> str:
    ue, ha = "(HoA 135 BU)", f"({place.ha.name} 135 BA)"
    return f"TSi{ue} TSr{ha}" if asker is Role.UE else f"TSi{ha} TSr{ue}"


PLACES: dict[tuple[int, bool], Callable[[Place], str]] = {
    (ExchangeType.IKE_SA_INIT, False): _init_request,
    (ExchangeType.IKE_SA_INIT, True): _init_response,
    (ExchangeType.IKE_AUTH, False): _auth_request,
    (ExchangeType.IKE_AUTH, True): _auth_response,
    (ExchangeType.CREATE_CHILD_SA, False): _child_request,
    (ExchangeType.CREATE_CHILD_SA, True): _child_response,
}
"""Other exchanges are empty unless the ladder fills them."""
