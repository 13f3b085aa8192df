"""JUnit XML and SARIF: what CI servers read."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import jsonschema
import pytest
from command_line import CommandLine
from edited_captures import sample, sample_keys
from many_sessions import results_of, with_verdicts

from analyzer.reports.junit import write_junit
from analyzer.reports.sarif import as_sarif
from analyzer.results import Results
from rules.profile import Profile, Waiver

BAD, RULE = "attach-no-home-prefix", "UE-5.1.2.2-12"
VIOLATED, MET, UNSEEN = "UE-5.1.2.2-01", "UE-5.1.2.2-02", "RFC7296-07"

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": -1},
        "physicalLocation": {
            "type": "object", "required": ["artifactLocation"], "additionalProperties": False,
            "properties": {"artifactLocation": {
                "type": "object", "additionalProperties": False,
                "properties": {"uri": {"type": "string", "format": "uri-reference"}, "index": {"type": "integer"}},
            }},
        },
        "logicalLocations": {"type": "array", "items": {
            "type": "object", "additionalProperties": False,
            "properties": {"fullyQualifiedName": {"type": "string"}, "kind": {"type": "string"}},
        }},
    },
}  # fmt: skip
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["tool"], "additionalProperties": False,
            "properties": {
                "tool": {"type": "object", "required": ["driver"], "additionalProperties": False, "properties": {
                    "driver": {
                        "type": "object", "required": ["name"], "additionalProperties": False,
                        "properties": {
                            "name": {"type": "string"}, "version": {"type": "string"},
                            "rules": {"type": "array", "uniqueItems": True, "items": {
                                "type": "object", "required": ["id"], "additionalProperties": False,
                                "properties": {
                                    "id": {"type": "string"}, "shortDescription": TEXT, "fullDescription": TEXT,
                                    "help": TEXT, "properties": {"type": "object"},
                                    "defaultConfiguration": {
                                        "type": "object", "additionalProperties": False, "properties": {"level": LEVEL},
                                    },
                                },
                            }},
                        },
                    },
                }},
                "artifacts": {"type": "array"},
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {
                    "type": "object", "required": ["message"], "additionalProperties": False,
                    "properties": {
                        "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": -1},
                        "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
                        "level": LEVEL, "message": TEXT,
                        "locations": {"type": "array", "items": LOCATION},
                        "relatedLocations": {"type": "array", "uniqueItems": True, "items": LOCATION},
                        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                        "properties": {"type": "object"},
                        "suppressions": {"type": "array", "uniqueItems": True, "items": {
                            "type": "object", "required": ["kind"], "additionalProperties": False,
                            "properties": {"kind": {"enum": ["inSource", "external"]},
                                           "justification": {"type": "string"}},
                        }},
                    },
                    # Section 3.27.10: a level other than "none" belongs to a failure.
                    "if": {"properties": {"kind": {"not": {"const": "fail"}}}, "required": ["kind"]},
                    "then": {"properties": {"level": {"const": "none"}}},
                }},
            },
        }},
    },
}  # fmt: skip
"""The part of SARIF 2.1.0 (OASIS standard, section 3) that is used, written from its text."""


def suites(results: Results) -> list[Xml.Element]:
    out = io.StringIO()
    write_junit(results, out)
    return list(Xml.fromstring(out.getvalue()))


def waived(until: str) -> Results:
    profile = Profile(waivers=(Waiver(RULE, "ticket 4711", until),))
    return replace(results_of(BAD, profile), today=date(2026, 6, 1))


def test_each_session_is_a_suite_and_each_judged_requirement_a_case() -> None:
    found = suites(with_verdicts({VIOLATED: "PF?-", MET: "PPPP"}))
    assert [suite.get("name") for suite in found] == [f"session {n} ue{n}@example.org" for n in (1, 2, 3, 4)]
    for suite, inside in zip(found, ([], ["failure"], ["skipped"], ["skipped"]), strict=True):
        first, second = suite
        assert (first.get("name"), second.get("name")) == (VIOLATED, MET)
        assert first.get("classname") == "TS.24_303.5_1_2_2"
        assert [child.tag for child in first] == inside
        assert list(second) == []
        counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
        assert counts == ["2", str(inside.count("failure")), "0", str(inside.count("skipped"))]


def test_a_failure_names_frame_clause_expected_and_observed() -> None:
    (suite,) = suites(results_of(BAD))
    (failure,) = suite.iter("failure")
    assert failure.get("type") == "error"
    assert (failure.get("message") or "").startswith("frame 5: ")
    text = failure.text or ""
    assert "TS 24.303 5.1.2.2" in text
    assert "expected: " in text
    assert "MIP6_HOME_PREFIX" in text
    assert "observed: " in text


def test_a_waived_failure_is_skipped_with_its_reason_and_an_expired_one_fails() -> None:
    (suite,) = suites(waived("2026-06-01"))
    assert suite.get("failures") == "0"
    (case,) = (case for case in suite if case.get("name") == RULE)
    (skipped,) = case.iter("skipped")
    assert skipped.get("message") == "waived: ticket 4711, until 2026-06-01"
    assert "frame 5" in (case.findtext("system-out") or "")
    (suite,) = suites(waived("2026-05-31"))
    assert suite.get("failures") == "1"


def test_hostile_text_leaves_the_xml_whole() -> None:
    results = with_verdicts({VIOLATED: "F"})
    results.sessions[0].identity = 'a"<&>\x00\x1b\ud800]]>'
    results.findings[:] = [replace(f, observed="<b>\x07&amp;]]>") for f in results.findings]
    (suite,) = suites(results)
    assert (suite.get("name") or "").isprintable()
    assert "<b>" in (suite.findtext("testcase/failure") or "")


def validated(data: dict[str, Any]) -> dict[str, Any]:
    jsonschema.Draft202012Validator(SARIF).validate(data)
    run = data["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    return dict(run)


@pytest.mark.parametrize("name", [BAD, "attach-clean", "attach-redirect-not-followed", "dsmip-attach-nat-faults"])
@pytest.mark.parametrize("all_verdicts", [False, True])
def test_sarif_is_what_the_standard_asks_for(name: str, all_verdicts: bool) -> None:
    run = validated(as_sarif(results_of(name), all_verdicts=all_verdicts))
    kinds = {result["kind"] for result in run["results"]}
    assert kinds <= ({"fail", "pass", "open", "notApplicable"} if all_verdicts else {"fail"})
    assert "pass" in kinds or not all_verdicts


def test_a_sarif_result_names_frame_clause_expected_observed_and_fingerprint() -> None:
    run = validated(as_sarif(results_of(BAD)))
    (result,) = run["results"]
    assert (result["ruleId"], result["level"], result["kind"]) == (RULE, "error", "fail")
    assert result["properties"]["frame"] == 5
    assert result["properties"]["clause"] == "TS 24.303 5.1.2.2"
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "session 1/frame 5"
    assert "expected: " in result["message"]["text"]
    assert len(result["partialFingerprints"]["dsmip/v1"]) == 16
    assert "suppressions" not in result


def test_a_waiver_is_a_suppression_until_it_expires() -> None:
    (result,) = validated(as_sarif(waived("2026-06-01")))["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "ticket 4711 (until 2026-06-01)"}]
    assert result["level"] == "error"
    (result,) = validated(as_sarif(waived("2026-05-31")))["results"]
    assert "suppressions" not in result


def test_the_command_writes_both(dsmip: CommandLine, tmp_path: Path) -> None:
    junit, sarif = tmp_path / "r.xml", tmp_path / "r.sarif"
    said = dsmip("analyze", sample(BAD), "--keys", sample_keys(BAD), "--junit", junit, "--sarif", sarif, "-q")
    assert (said.status, said.out) == (1, "")
    assert Xml.parse(junit).getroot().tag == "testsuites"
    validated(json.loads(sarif.read_text()))
    secret = (sample_keys(BAD) / "ikev2_decryption_table").read_text().split(",")[2]
    assert secret not in junit.read_text() + sarif.read_text()
