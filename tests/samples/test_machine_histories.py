"""The states that UE and Home Agent go through in the main scenarios, written by hand from their stories."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import judged_folder

from rules.machines.session import OBSERVATIONS
from samples.procedures import PROCEDURES

SAMPLES = Path(__file__).resolve().parents[2] / "samples"

IKE = ["IKE_SA_INIT sent", "IKE_SA_INIT done", "authenticating", "IKE SA established", "Home Address configured"]
HA_IKE = [
    *("IKE_SA_INIT received", "IKE_SA_INIT answered", "authenticating the UE", "IKE SA established"),
    *("Home Address SA asked for", "Home Address SA ready"),
]
ABROAD = ["detecting the home link", "on a foreign link"]
UNTOLD = ["detecting the home link"]
"""An IPv4 link has no Router Advertisements."""
GONE, HA_GONE = ["deleting the IKE SA", "closed"], ["IKE SA being deleted", "closed"]


def once(kind: str) -> list[str]:
    """The UE registers, and de-registers."""
    return ["registering", f"registered ({kind})", "de-registering", "not registered"]


def ha_once(kind: str) -> list[str]:
    return ["Binding Update received", f"bound ({kind})", "de-registration received", "not bound"]


def again(kind: str) -> list[str]:
    """One more update, and what it comes to."""
    return ["refreshing", f"registered ({kind})"]


def ha_again(kind: str) -> list[str]:
    return ["refresh received", f"bound ({kind})"]


V6, DUAL, IFOM = "IPv6 only", "dual", "IPv6 only, IFOM"
NAT, BIDS, BIDS_NAT = "IPv6+IPv4, behind NAT", "IPv6 per BID, flows", "IPv6 per BID, behind NAT, flows"

UE_HISTORIES = {
    "attach-clean": [*IKE, *ABROAD, "registering", "registered (IPv6 only)", *GONE],
    "attach-redirected": [
        *("IKE_SA_INIT sent", "IKE_SA_INIT done", "authenticating", "redirected", *GONE),
        *(*IKE, *ABROAD, "registering", "registered (IPv6 only)", *GONE),
    ],
    "dsmip-attach-ipv6": [*IKE, *ABROAD, *once(DUAL), *GONE],
    "dsmip-attach-ipv4": [*IKE, *UNTOLD, *once(DUAL), *GONE],
    "dsmip-attach-nat": [*IKE, *UNTOLD, *once(DUAL), *GONE],
    "dsmip-at-home": [*IKE, "detecting the home link", "at home", *GONE],
    "dsmip-return-home": [*IKE, *ABROAD, "registering", f"registered ({V6})", "de-registering", "at home"],
    "dsmip-discovery-addresses": ["discovering", *IKE, *ABROAD, *once(V6), *GONE],
    "dsmip-discovery-fqdn": ["discovering", *IKE, *ABROAD, *once(V6), *GONE],
    "dsmip-refresh": [*IKE, *ABROAD, *once(DUAL)[:2], *again(DUAL), *again(DUAL), *once(DUAL)[2:], *GONE],
    "dsmip-handover": [*IKE, *ABROAD, *once(DUAL)[:2], *again(DUAL), *again(DUAL), *once(DUAL)[2:], *GONE],
    "dsmip-ipv4-again": [*IKE, *ABROAD, *once(V6)[:2], *again(DUAL), *once(DUAL)[2:], *GONE],
    "dsmip-ifom": [*IKE, *ABROAD, *once(IFOM)[:2], *again(IFOM), *again(IFOM), *once(IFOM)[2:], *GONE],
    "dsmip-ifom-not-supported": [*IKE, *ABROAD, *once(V6), *GONE],
}
HA_HISTORIES = {
    "attach-redirected": [
        *("IKE_SA_INIT received", "IKE_SA_INIT answered", "authenticating the UE", "UE redirected", *HA_GONE),
        *(*HA_IKE, "Binding Update received", "bound (IPv6)", *HA_GONE),
    ],
    "dsmip-attach-ipv6": [*HA_IKE, *ha_once("IPv6+IPv4"), *HA_GONE],
    "dsmip-attach-ipv4": [*HA_IKE, *ha_once("IPv6+IPv4"), *HA_GONE],
    "dsmip-attach-nat": [*HA_IKE, *ha_once(NAT), *HA_GONE],
    "dsmip-at-home": [*HA_IKE, *HA_GONE],
    "dsmip-return-home": [*HA_IKE, *ha_once("IPv6")],
    "dsmip-discovery-fqdn": [*HA_IKE, *ha_once("IPv6"), *HA_GONE],
    "dsmip-handover": [  # from IPv6 to IPv4 behind a NAT, and back
        *(*HA_IKE, *ha_once("IPv6+IPv4")[:2], *ha_again(NAT), *ha_again("IPv6+IPv4")),
        *(*ha_once("IPv6+IPv4")[2:], *HA_GONE),
    ],
    "dsmip-ifom": [  # BID 1 over IPv6; BID 2 behind a NAT; a flow moves
        *(*HA_IKE, "Binding Update received", f"bound ({BIDS})", *ha_again(BIDS_NAT), *ha_again(BIDS_NAT)),
        *("de-registration received", "not bound", *HA_GONE),
    ],
    "dsmip-ifom-not-supported": [*HA_IKE, *ha_once("IPv6"), *HA_GONE],
}


@pytest.mark.parametrize("name", sorted(UE_HISTORIES | HA_HISTORIES))
def test_both_ends_go_the_way_of_the_story(name: str) -> None:
    results = judged_folder(SAMPLES / name)
    (states,) = results.states.values()
    if name in UE_HISTORIES:
        assert list(states.ue) == UE_HISTORIES[name]
    if name in HA_HISTORIES:
        assert list(states.ha) == HA_HISTORIES[name]
    assert [f for f in results.findings if f.rule in OBSERVATIONS] == []


OF_PROCEDURES = {
    "refused-128": [  # asked again, and accepted
        *(*IKE, *ABROAD, "registering", "not registered", *once(V6), *GONE),
    ],
    "one-binding-left": [  # BID 1 and 2, then one is given back, then the other
        *(*IKE, *ABROAD, *once(IFOM)[:2], *again(IFOM), *again(IFOM)),
        *("de-registering", f"registered ({IFOM})", *once(IFOM)[2:], *GONE),
    ],
    "authentication-failed": ["IKE_SA_INIT sent", "IKE_SA_INIT done", "authenticating", "refused"],
}
HA_OF_PROCEDURES = {
    "refused-128": [*HA_IKE, "Binding Update received", "not bound", *ha_once("IPv6"), *HA_GONE],
    "binding-refused": [  # BID 2 comes through a NAT and is refused: what is bound is not behind it
        *(*HA_IKE, "Binding Update received", f"bound ({BIDS})", *ha_again(BIDS)),
        *("de-registration received", "not bound", *HA_GONE),
    ],
    "nat-rebound": [*HA_IKE, *ha_once(NAT)[:2], *ha_again(NAT), *ha_once(NAT)[2:], *HA_GONE],
}


@pytest.mark.parametrize("name", sorted(OF_PROCEDURES | HA_OF_PROCEDURES))
def test_both_ends_go_the_way_of_the_procedure(name: str, tmp_path: Path) -> None:
    PROCEDURES[name].write(tmp_path)
    results = judged_folder(tmp_path)
    (states,) = results.states.values()
    assert list(states.ue) == OF_PROCEDURES.get(name, list(states.ue))
    assert list(states.ha) == HA_OF_PROCEDURES.get(name, list(states.ha))
    assert [f for f in results.findings if f.rule in OBSERVATIONS] == []
