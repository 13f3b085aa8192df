"""RFC 7296 sections 2.7 and 3.3: the responder takes one of the proposals offered, and one transform of each type."""

from __future__ import annotations

from collections.abc import Iterator

from dissectors.ikev2.messages import KeyExchange, Proposal, SecurityAssociation, Transform
from dissectors.ikev2.proposals import transform_text
from dissectors.ikev2.registry import KeyExchangeId, TransformType
from rules.learning import is_refusal
from rules.model import PASSED, Outcome, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent
from rules.ts24303.places import named

MOST_TRANSFORMS = 64
"""Transforms of one proposal that are compared: no more can be meant."""


def _accepts(event: AnyEvent, context: Context) -> bool:
    return context.sa is not None and not is_refusal(event.message)


@check("RFC7296-09", on=Kind.IKE_SA_INIT_RESPONSE, when=_accepts)
def answer_that_was_not_offered(event: IkeEvent, context: Context) -> Outcome:
    """What was not offered the initiator may not be able to compute, or has left out because it is too weak."""
    sa = context.sa
    assert sa is not None
    requests = [*sa.init_requests[-8:]]
    last = sa.request_of(event)
    if last is not None and last not in requests:
        requests.append(last)
    if not requests:
        return inconclusive("the IKE_SA_INIT request was not captured")
    faults = [next(_faults(request, event), None) for request in requests]
    if None in faults:
        return PASSED
    expected, observed = faults[-1] or ("", "")
    return failed(expected=expected, observed=observed, related=(requests[-1].frame,))


Fault = tuple[str, str]
"""Expected, observed."""


def _faults(request: IkeEvent, response: IkeEvent) -> Iterator[Fault]:
    offer, answer = (event.message.first(SecurityAssociation) for event in (request, response))
    if offer is None or answer is None:
        return  # RFC7296-05 says so
    if len(answer.proposals) != 1:
        yield "one proposal in the response", f"{len(answer.proposals)} proposals"
        return
    chosen = answer.proposals[0]
    offered = next((p for p in offer.proposals if (p.number, p.protocol) == (chosen.number, chosen.protocol)), None)
    if offered is None:
        numbers = ", ".join(str(p.number) for p in offer.proposals[:8]) or "none"
        yield f"the number of an offered proposal ({numbers})", f"proposal {chosen.number}, protocol {chosen.protocol}"
        return
    yield from _transform_faults(offered, chosen)
    yield from _group_faults(request, response, chosen)


def _transform_faults(offered: Proposal, chosen: Proposal) -> Iterator[Fault]:
    known = set(offered.transforms)
    for transform in chosen.transforms[:MOST_TRANSFORMS]:
        if transform not in known and not _is_none(transform):
            same = [t for t in offered.transforms if t.type == transform.type][:4]
            shown = " or ".join(map(transform_text, same)) or f"nothing of type {transform.type}"
            yield f"a transform of proposal {offered.number}: {shown}", transform_text(transform)
    for kind in dict.fromkeys(t.type for t in offered.transforms):
        of_kind = [t for t in chosen.transforms if t.type == kind]
        if len(of_kind) > 1:
            yield f"one transform of type {_type(kind)}", ", ".join(map(transform_text, of_kind[:4]))
        if not of_kind and not any(_is_none(t) for t in offered.transforms if t.type == kind):
            yield f"one transform of type {_type(kind)}", "none"


def _is_none(transform: Transform) -> bool:
    """NONE may be written out or left out (section 3.3.6)."""
    return transform.id == 0 and transform.type in (TransformType.INTEG, TransformType.KE)


def _type(kind: int) -> str:
    return named(kind, TransformType, "type")


def _group_faults(request: IkeEvent, response: IkeEvent, chosen: Proposal) -> Iterator[Fault]:
    group = next((t.id for t in chosen.of(TransformType.KE)), KeyExchangeId.NONE)
    for event in (response, request):
        ke = event.message.first(KeyExchange)
        if ke is None or ke.group == group or group == KeyExchangeId.NONE:
            continue
        told = f"KE of the {'response' if event is response else 'request'} with {_group(ke.group)}"
        otherwise = "" if event is response else ", or INVALID_KE_PAYLOAD"
        yield f"KE with the chosen group {_group(group)}{otherwise}", told


def _group(number: int) -> str:
    return f"{named(number, KeyExchangeId, 'group')} ({number})"
