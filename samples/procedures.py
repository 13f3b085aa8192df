"""Procedures that are not shipped as folders: each a scenario in which nobody does anything wrong.

``passes`` and ``inconclusive`` are what an honest judge says of the requirements that the procedure is about, written
from the specification. No requirement fails in any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dissectors.scapy_layers.flows import MipFlowIdentification
from dissectors.scapy_layers.mobility_options import MipBindingIdentifier
from samples import courses, procedure_courses
from samples.generator.attach import Attach
from samples.generator.edits import all_of, kept_back, with_fields, with_option_fields
from samples.generator.knobs import HaKnobs, UeKnobs
from samples.generator.network import IPV4_ACCESS, IPV4_NAT_ACCESS
from samples.generator.suites import CHACHA20_SUITE, CTR_SUITE, GCM_SUITE, LEGACY_SUITE, NULL_SUITE, Suite
from samples.planted import ike_returns, several
from samples.planted.catalogue import FACTS, write_folder
from samples.scenarios import IFOM_CAPABLE, Scenario

SECOND_BID_REFUSED = all_of(with_fields(status=4), with_option_fields(MipBindingIdentifier, status=166))
FIRST_FLOW_REFUSED = with_option_fields(MipFlowIdentification, status=129)
OPENED = ("RFC7296-07", "RFC4303-02", "RFC4303-03", "RFC4877-01", "UE-5.1.2.2-26", "HA-5.1.3.2-02")
"""What passes where every message of an attach with a registration could be opened and checked."""
FOR_GOOD = (*range(129, 134), *range(140, 144))
"""Binding statuses after which the UE sends no more to that HA (clause 5.1.2.4)."""
OF_OTHERS = range(134, 140)
"""Binding statuses that the clause does not name."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A scenario with the verdicts that it is about."""

    scenario: Scenario
    passes: tuple[str, ...]
    inconclusive: tuple[str, ...] = ()
    facts: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        return self.scenario.name

    def write(self, folder: Path) -> Attach:
        """Writes ``capture.pcap``, ``keys/`` and ``profile.toml``."""
        return write_folder(self.scenario, folder, FACTS | dict(self.facts or {}))


def _with_suite(name: str, title: str, suite: Suite) -> Procedure:
    """The same attach, protected by other algorithms."""
    return Procedure(Scenario(name, title, suite=suite, course=courses.registered_life), OPENED)


def _refused_for_good(status: int) -> Procedure:
    """The UE turns to another HA."""
    scenario = Scenario(
        f"refused-{status}",
        f"the HA refuses with {status}; the UE leaves it alone and attaches at another one",
        ha=HaKnobs(statuses={"BA 1": status}, gives_pseudonym=True),
        course=partial(several.refused, insists=False, goes_elsewhere=True),
    )
    return Procedure(scenario, ("UE-5.1.2.4-28", "UE-5.1.2.4-29", "UE-5.1.2.4-25", "RFC3775-05"))


def _refused_otherwise(status: int) -> Procedure:
    """What the UE does next is its own affair."""
    scenario = Scenario(
        f"refused-{status}",
        f"the HA refuses with {status}, and the UE leaves",
        ha=HaKnobs(statuses={"BA 1": status}),
        course=procedure_courses.refused,
    )
    # 135 repeats the number that was accepted last, not the one of the update (RFC 6275 section 6.1.8).
    return Procedure(scenario, ("UE-5.1.2.4-42",) if status == 135 else ("UE-5.1.2.4-42", "RFC3775-05"))


_ALL = (
    _with_suite("aes-ctr", "AES-CTR-256 with HMAC-SHA2-256-128, for IKE and ESP (RFC 3686, 5930)", CTR_SUITE),
    _with_suite("aes-gcm", "AES-GCM-256, for IKE and ESP (RFC 4106, 5282)", GCM_SUITE),
    _with_suite("chacha20-poly1305", "ChaCha20-Poly1305, for IKE and ESP (RFC 7634)", CHACHA20_SUITE),
    _with_suite("null-encryption", "ESP with NULL encryption and HMAC-SHA2-256-128 (RFC 2410)", NULL_SUITE),
    _with_suite("legacy", "AES-CBC-128 with HMAC-SHA1-96 and group 14", LEGACY_SUITE),
    Procedure(
        Scenario(
            "ike-fragments",
            "IKE messages of both ends in fragments of 400 bytes (RFC 7383)",
            UeKnobs(fragment_size=400),
            HaKnobs(fragment_size=400),
            course=courses.registered_life,
        ),
        (*OPENED, "RFC7296-02", "RFC7296-04", "HA-5.1.2.2-09", "UE-5.1.2.2-03"),
    ),
    Procedure(
        Scenario(
            "refused-128",
            "the HA refuses with 128; the UE asks again, and is registered",
            ha=HaKnobs(statuses={"BA 1": 128}),
            course=courses.registered_life,
        ),
        ("UE-5.1.2.4-27", "UE-5.1.2.4-25", "UE-5.1.2.4-26", "RFC3775-06"),
    ),
    *map(_refused_for_good, FOR_GOOD),
    *map(_refused_otherwise, OF_OTHERS),
    Procedure(
        Scenario(
            "one-binding-left",
            "one of two bindings is de-registered, and its flow goes to the other",
            UeKnobs(edits=IFOM_CAPABLE),
            HaKnobs(edits=IFOM_CAPABLE),
            course=procedure_courses.one_binding_left,
        ),
        ("UE-5.1.2.4-26", "UE-5.1.2.4-23", "HA-5.1.3.2-12", "HA-5.1.3.2-14", "RFC5648-01", "RFC6088-01"),
    ),
    Procedure(
        Scenario(
            "nat-rebound",
            "the NAT gives the UE other ports, and the binding follows",
            UeKnobs(needs_ipv4=True),
            network=IPV4_NAT_ACCESS,
            suite=GCM_SUITE,
            course=procedure_courses.rebound,
        ),
        ("HA-5.1.3.2-08", "HA-5.1.3.2-09", "HA-5.1.3.2-14", "HA-5.1.3.2-15", "UE-5.1.2.4-39", "RFC3775-06"),
    ),
    Procedure(
        Scenario(
            "lost-and-repeated",
            "a lost answer: request and answer are sent again, octet by octet",
            course=procedure_courses.lost_and_repeated,
        ),
        ("RFC7296-02", "RFC7296-03", "RFC7296-04", "RFC7296-07"),
    ),
    Procedure(
        Scenario(
            "lost-update",
            "two acknowledgements are lost; the UE waits longer each time before it asks again",
            ha=HaKnobs(signals={"BA 1": kept_back, "BA 2": kept_back}),
            course=courses.registered_life,
        ),
        ("RFC3775-07", "RFC3775-06", "HA-5.1.3.2-02", "UE-5.1.2.4-26"),
    ),
    Procedure(
        Scenario(
            "redirected-with-pseudonym",
            "redirected, followed under the pseudonym, and registered at the target",
            ha=HaKnobs(redirects_to=courses.OTHER_HA),
            course=courses.redirected_and_served,
        ),
        ("UE-5.1.2.2-07", "UE-5.1.2.2-10", "UE-5.1.2.2-11", "HA-5.1.3.1-11", "HA-5.1.3.1-12", "RFC5685-01"),
    ),
    Procedure(
        Scenario(
            "pdn-connection-named",
            "the UE comes back, names its PDN connection, and gets its prefix again",
            ha=HaKnobs(gives_pseudonym=False),
            course=ike_returns.named_again,
        ),
        ("UE-5.1.2.2-17", "UE-5.1.2.2-18", "HA-5.1.3.1-05", "NET-B.x-02"),
    ),
    Procedure(
        Scenario(
            "over-its-own-connection",
            "IKEv2 over the PDN connection itself gets the prefix of that connection",
            ha=HaKnobs(gives_pseudonym=False),
            course=ike_returns.over_its_own_connection,
        ),
        ("HA-5.1.3.1-06",),
    ),
    Procedure(
        Scenario(
            "still-registered",
            "the IKE SA is gone, the binding is not: the next IKE SA gets the same prefix",
            ha=HaKnobs(gives_pseudonym=False),
            course=ike_returns.still_registered,
        ),
        ("HA-5.1.3.1-16", "HA-5.1.3.1-05", "UE-5.1.2.2-18"),
    ),
    Procedure(
        Scenario(
            "two-ues",
            "two UEs at one HA, each with its prefix",
            course=partial(ike_returns.two_ues, prefix=ike_returns.OTHER_PREFIX),
        ),
        ("HA-5.1.3.1-07",),
    ),
    Procedure(
        Scenario(
            "binding-refused",
            "the HA refuses one of two bindings, and the UE does not use it",
            UeKnobs(edits=IFOM_CAPABLE),
            HaKnobs(edits=IFOM_CAPABLE, signals={"BA 2": SECOND_BID_REFUSED}),
            course=procedure_courses.second_binding_refused,
        ),
        ("UE-5.1.2.4-36", "UE-5.1.2.4-26"),
    ),
    Procedure(
        Scenario(
            "flow-refused",
            "the HA refuses a flow, and the UE speaks of it no more",
            UeKnobs(edits=IFOM_CAPABLE),
            HaKnobs(edits=IFOM_CAPABLE, signals={"BA 1": FIRST_FLOW_REFUSED}),
            course=procedure_courses.first_flow_refused,
        ),
        ("UE-5.1.2.4-37", "UE-5.1.2.4-20"),
    ),
    Procedure(
        Scenario(
            "unknown-critical-payload",
            "the UE sends a payload of its own with the critical bit, and is told so",
            course=procedure_courses.unknown_critical_payload,
        ),
        ("RFC7296-08",),
    ),
    Procedure(
        Scenario(
            "authentication-failed",
            "the AAA server does not take the UE's answer: EAP-Failure, and nothing more",
            course=procedure_courses.authentication_failed,
        ),
        ("RFC7296-11", "RFC4187-01"),
    ),
    Procedure(
        Scenario(
            "both-families",
            "IKE ran over IPv4, the link gives an IPv6 address too, and the UE registers that",
            network=IPV4_ACCESS,
            course=procedure_courses.both_families,
        ),
        ("UE-5.1.2.4-02",),
    ),
)

PROCEDURES: dict[str, Procedure] = {procedure.name: procedure for procedure in _ALL}
