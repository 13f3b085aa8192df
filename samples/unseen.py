"""Captures in which evidence is missing, and the requirements that an honest judge leaves open for it.

Each is a scenario of the others, sound or with a planted fault, of which something is taken away: the keys, the first
frames, the last ones, the end of a frame, or the facts of the profile. ``rules`` were written by hand, from the
ledger's columns, and so was ``settled``: what the rest of the capture decides all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from samples import courses, procedure_courses
from samples.generator.attach import Attach
from samples.generator.knobs import HOME_AGENT, HOME_AGENT_IPV4, HaKnobs, UeKnobs
from samples.generator.pcap import Frame, write_pcap
from samples.planted import PLANTED
from samples.planted.catalogue import FACTS
from samples.scenarios import IFOM_CAPABLE, SCENARIOS, Scenario
from samples.unseen_rules import (
    ASSIGNED_BEFORE,
    FROM_IPV4,
    FROM_IPV6,
    HELD_OR_USED,
    HIDDEN_WITHOUT_KEYS,
    IN_CLEAR,
    IN_IKE,
    ONE_KIND_OF_ADDRESS,
    SAID_IN_IKE_SA_INIT,
)

MCOA_PROHIBITED = 166
"""Binding status: MCOA prohibited (RFC 5648 section 6.2)."""
Taking = Callable[[Attach], list[Frame]]


def everything(attach: Attach) -> list[Frame]:
    return attach.wire.frames


def begins(step: str) -> Taking:
    """The capture begins with the frame of a step."""
    return lambda attach: attach.wire.frames[attach.wire.frame_of[step] - 1 :]


def ends(step: str) -> Taking:
    """The capture ends with the frame of a step."""
    return lambda attach: attach.wire.frames[: attach.wire.frame_of[step]]


def cut(step: str, size: int) -> Taking:
    """Of the frame of a step only the first octets were captured."""

    def take(attach: Attach) -> list[Frame]:
        frames, at = list(attach.wire.frames), attach.wire.frame_of[step] - 1
        frames[at] = replace(frames[at], data=frames[at].data[:size], length=len(frames[at].data))
        return frames

    return take


@dataclass(frozen=True, slots=True)
class Unseen:
    """One such capture. ``spoils`` makes integrity keys wrong; ``facts`` None leaves the profile empty."""

    name: str
    scenario: Scenario
    rules: tuple[str, ...]
    taking: Taking = everything
    keys: bool = True
    esp_keys: bool = True
    spoils: bool = False
    facts: Mapping[str, str] | None = None
    needs_tshark: bool = False
    settled: tuple[str, ...] = ()

    def write(self, folder: Path) -> None:
        """Writes ``capture.pcap``, ``profile.toml`` and, unless they are what is missing, ``keys/``."""
        folder.mkdir(parents=True, exist_ok=True)
        attach = self.scenario.play()
        write_pcap(folder / "capture.pcap", self.taking(attach))
        if not self.esp_keys:
            attach.tables.esp = []
        if self.spoils:
            attach.tables.ike = [_spoilt_ike(line) for line in attach.tables.ike]
            attach.tables.esp = [_spoilt_esp(line) for line in attach.tables.esp]
        if self.keys:
            attach.tables.write(folder / "keys")
        profile = "".join(f"{name} = {value}\n" for name, value in (self.facts or {}).items())
        (folder / "profile.toml").write_text(profile, encoding="utf-8")


def _turned(digits: str) -> str:
    return "".join(f"{15 - int(digit, 16):x}" for digit in digits)


def _spoilt_ike(line: str) -> str:
    columns = line.split(",")
    return ",".join([*columns[:5], _turned(columns[5]), _turned(columns[6]), *columns[7:]])


def _spoilt_esp(line: str) -> str:
    columns = line.split(",")
    return ",".join([*columns[:-1], f'"0x{_turned(columns[-1].strip(chr(34))[2:])}"'])


def _of(name: str, base: str, *rules: str, **rest: object) -> Unseen:
    """From a sample that is shipped."""
    rest.setdefault("facts", FACTS)
    return Unseen(name, SCENARIOS[base], rules, **rest)  # type: ignore[arg-type]


def _of_fault(name: str, rule: str, *rules: str, **rest: object) -> Unseen:
    """From a planted fault, which cannot be told any more."""
    planted = PLANTED[rule]
    rest.setdefault("facts", FACTS | dict(planted.facts or {}))
    needs = {"needs_tshark": planted.needs_tshark}
    return Unseen(name, planted.scenario, rules or (rule,), **needs, **rest)  # type: ignore[arg-type]


CLEAN, IFOM, BY_NAME = "attach-clean", "dsmip-ifom", "dsmip-discovery-fqdn"
NO_FACTS: Mapping[str, str] = {}
NOT_AT_THE_HA = ("HA-5.1.3.2-08", "HA-5.1.3.2-09", "HA-5.1.3.2-15", "UE-5.1.2.2-06")
"""A NAT may lie behind the capture; and nobody says that this is the first attach."""
BY_ADDRESS_AND_NAME = Scenario(
    "unseen-dns-answer",
    "DHCPv6 tells addresses and the name of the HA, and DNS both addresses",
    course=partial(
        courses.discovered, agents=(courses.HOME_AGENT_NAME, HOME_AGENT, HOME_AGENT_IPV4), lookups=courses.BOTH_FAMILIES
    ),
)
BID_REFUSED = Scenario(
    "unseen-bid-refused",
    "the HA refuses every binding that has a BID",
    UeKnobs(edits=IFOM_CAPABLE),
    HaKnobs(edits=IFOM_CAPABLE, statuses={"BA 1": MCOA_PROHIBITED}),
    course=procedure_courses.first_binding_refused,
)
DAD_AT_HOME = Scenario(
    "unseen-dad",
    "back on its home link, the UE makes sure that its address is no one else's",
    course=procedure_courses.asked_for_itself,
)

_ALL = (
    _of(
        *("without keys", CLEAN, *HIDDEN_WITHOUT_KEYS),
        keys=False,
        settled=(*IN_CLEAR, *FROM_IPV4, *ONE_KIND_OF_ADDRESS),
    ),
    _of("without keys, with flows", IFOM, *HELD_OR_USED, keys=False),
    _of("from IKE_AUTH on", CLEAN, *SAID_IN_IKE_SA_INIT, taking=begins("IKE_AUTH 1 request")),
    _of("from CREATE_CHILD_SA on", CLEAN, *ASSIGNED_BEFORE, taking=begins("CREATE_CHILD_SA request")),
    _of("with wrong integrity keys", CLEAN, "RFC7296-07", "RFC4303-02", spoils=True),
    _of("a request at the end", CLEAN, "RFC7296-04", "HA-5.1.3.1-13", taking=ends("leave request")),
    _of("an update at the end", "dsmip-attach-ipv6", "HA-5.1.3.2-02", taking=ends("BU 1")),
    _of("a name at the end", BY_NAME, "UE-5.1.2.1.5-04", taking=ends("DHCPv6 reply")),
    _of("one query at the end", BY_NAME, "UE-5.1.2.1.5-05", taking=ends("28 query")),
    _of(
        *("a cut Information-Request", "dsmip-discovery-addresses", "UE-5.1.2.1.5-01"),
        taking=cut("DHCPv6 request", 93),
    ),
    _of("a cut Reply", "dsmip-discovery-addresses", "NET-5.1.2.1.5-03", taking=cut("DHCPv6 reply", 90)),
    _of("which APN is meant stays closed", "dsmip-discovery-addresses", "UE-5.1.2.1.5-02", keys=False, facts=NO_FACTS),
    _of(
        *("without keys, over IPv4", "dsmip-attach-ipv4", *FROM_IPV4, "UE-5.1.2.4-39", "UE-5.1.2.4-40"),
        keys=False,
        settled=(*IN_CLEAR, *FROM_IPV6, *ONE_KIND_OF_ADDRESS),
    ),
    _of("with IKE keys alone", CLEAN, "RFC4303-03", esp_keys=False, settled=(*IN_CLEAR, *IN_IKE)),
    Unseen("a cut DNS answer", BY_ADDRESS_AND_NAME, ("NET-5.1.2.1.5-06",), taking=cut("1 answer", 130), facts=FACTS),
    Unseen(
        *("a DNS answer cut in its question", BY_ADDRESS_AND_NAME, ("NET-5.1.2.1.5-06",)),
        taking=cut("1 answer", 80),
        facts=FACTS,
    ),
    _of("a query cut in its question", BY_NAME, "UE-5.1.2.1.5-05", taking=cut("1 query", 80)),
    Unseen("no IFOM, from the update on", BID_REFUSED, ("HA-5.1.3.1-10",), taking=begins("BU 1"), facts=FACTS),
    Unseen("the UE may ask for itself", DAD_AT_HOME, ("HA-5.1.3.2-04",), facts=FACTS),
    _of("where the capture was taken is not known", "dsmip-attach-ipv4", *NOT_AT_THE_HA, facts=NO_FACTS),
    _of("whether the HA has IFOM is not known", "dsmip-ifom-not-supported", "HA-5.1.3.1-09"),
    _of_fault("ANDSF may tell of IFOM", "UE-5.1.2.2-19", "UE-5.1.2.2-19", "UE-5.1.2.1a-01", facts=NO_FACTS),
    _of_fault("ANDSF beside PCO", "UE-5.1.2.1a-02", "UE-5.1.2.1a-02", "UE-5.1.2.3-04", facts=NO_FACTS),
    _of_fault("at home at the end", "UE-5.1.2.3-03", taking=ends("home advertised")),
    _of_fault(
        "a skipped message ID at the end", "RFC7296-02", "RFC7296-02", "HA-5.1.3.1-13", taking=ends("leave request")
    ),
    _of_fault("a cut repetition", "RFC7296-03", taking=cut("repeated", 110)),
    _of_fault("the negotiation was not opened", "RFC4303-01", keys=False),
    _of_fault("a cut delegation", "UE-5.1.1-02", taking=cut("prefix down", 170)),
    _of_fault("at home, with ESP keys missing", "UE-5.1.2.3-02", esp_keys=False),
    _of_fault("from IPv4 first, with ESP keys missing", "UE-5.1.2.4-02", esp_keys=False),
)

NEVER_OPEN = {
    "UE-5.1.1-03": "a packet outside the tunnel decides by itself",
    "UE-5.1.2.4-27": "an observation: what is not seen is not observed",
    "UE-5.1.2.4-30": "it applies only once the acknowledgement with the address was seen, and the data decide",
    "UE-5.1.2.4-38": "the headers of one packet decide",
    "UE-5.1.2.4-41": "an observation: what is not seen is not observed",
    "UE-5.1.2.4-42": "an observation: what is not seen is not observed",
    "NET-B.x-01": "one clear message decides",
    "RFC7296-01": "one clear message decides",
    "RFC7296-06": "one clear message decides",
    "RFC6088-01": "a packet of which too little was captured is of no known flow",
}
"""Requirements of which no evidence can be missing in a capture, and why."""

UNSEEN: dict[str, Unseen] = {unseen.name: unseen for unseen in _ALL}
