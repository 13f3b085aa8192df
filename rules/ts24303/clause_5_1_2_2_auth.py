"""Clause 5.1.2.2: EAP-AKA for the UE, a certificate for the HA, and a second authentication by agreement only."""

from __future__ import annotations

from dissectors.eap import EapCode, EapPacket, EapType
from dissectors.ikev2.messages import Authentication, Certificate
from dissectors.ikev2.registry import AuthMethod, CertificateEncoding, NotifyType, PayloadType
from rules.model import PASSED, Outcome, Role, failed, inconclusive
from rules.registry import AnyEvent, Kind, check
from rules.session import Context, IkeEvent, IkeSa
from rules.ts24303.places import (
    answers_opening,
    auth_requests,
    eap_of,
    in_first_authentication,
    is_first_auth,
    lacking,
    named,
    of_first_exchange,
    opens_authentication,
    unreadable,
)

NO_METHOD = (EapType.IDENTITY, EapType.NOTIFICATION, EapType.NAK)
IETF_METHOD = bytes(3)
"""Vendor-Id of an expanded type that stands for an ordinary one: RFC 3748 section 5.7."""
CERTIFICATES = (
    CertificateEncoding.PKCS7,
    CertificateEncoding.X509_SIGNATURE,
    CertificateEncoding.HASH_AND_URL,
    CertificateEncoding.HASH_AND_URL_BUNDLE,
)
SIGNATURES = frozenset(int(method) for method in AuthMethod if method.is_signature)
NO_SIGNATURE = frozenset(int(method) for method in AuthMethod if not method.is_signature)
A_SIGNATURE = "CERT with a certificate, and AUTH with a signature"


# The UE by EAP-AKA


def _opens_with_auth(event: AnyEvent, context: Context) -> bool:
    has_auth = event.message.first(Authentication) is not None
    return (
        has_auth
        and opens_authentication(event, context)
        and context.sa is not None
        and is_first_auth(event, context.sa)
    )


@check(
    "UE-5.1.2.2-08",
    on=Kind.IKE_AUTH_REQUEST,
    when=_opens_with_auth,
    maybe=opens_authentication,
    holding=PayloadType.AUTH,
)
def auth_in_first_request(event: IkeEvent, context: Context) -> Outcome:
    """The subscription is in the USIM, and only EAP-AKA proves it; a key or certificate of the device does not."""
    auth = event.message.first(Authentication)
    assert auth is not None
    return failed(
        expected="no AUTH in the first IKE_AUTH request, which asks for EAP",
        observed=_shown(auth),
    )


def _ends_eap(event: AnyEvent, context: Context) -> bool:
    eap = eap_of(event.message)
    return eap is not None and eap.code == EapCode.SUCCESS and _in_authentication(event, context)


def _in_authentication(event: AnyEvent, context: Context) -> bool:
    sa = context.sa
    if sa is None or context.role is not Role.HA or sa.established:
        return False
    return in_first_authentication(event, context)


@check(
    "UE-5.1.2.2-08",
    on=Kind.IKE_AUTH_RESPONSE,
    when=_ends_eap,
    maybe=_in_authentication,
    holding=PayloadType.EAP,
)
def eap_method_other_than_aka(event: IkeEvent, context: Context) -> Outcome:
    """The subscription is in the USIM, and EAP-AKA (RFC 4187) is the method that proves it."""
    assert context.sa is not None
    last = _method_before(event, context.sa)
    if last is None:
        return inconclusive("the EAP method that succeeded was not captured or stays closed")
    request, method = last
    if method == EapType.AKA:
        return PASSED
    return failed(
        expected=f"EAP-AKA (type {EapType.AKA.value}) before EAP-Success",
        observed=f"{_eap_name(method)} (type {method})",
        related=(request.frame,),
    )


def _method_before(success: IkeEvent, sa: IkeSa) -> tuple[IkeEvent, int] | None:
    """The EAP method that was spoken last before EAP-Success, and where."""
    for request in reversed(sa.auth_requests):
        if request.message.message_id > success.message.message_id:
            continue
        if request.message.sealed:
            return None
        eap = eap_of(request.message)
        method = _method_of(eap) if eap else None
        if method is not None:
            return request, method
    return None


def _method_of(eap: EapPacket) -> int | None:
    if eap.type == EapType.EXPANDED and eap.data[:3] == IETF_METHOD and len(eap.data) >= 7:
        return int.from_bytes(eap.data[3:7])
    return None if eap.type in NO_METHOD else eap.type


def _eap_name(method: int) -> str:
    return "EAP-AKA'" if method == EapType.AKA_PRIME else f"EAP-{named(method, EapType, 'method')}"


# The HA by certificate


def _accepts_to_talk(event: AnyEvent, context: Context) -> bool:
    """The first response, unless it only refuses; a redirect is no refusal, and RFC 5685 section 6 has AUTH in it."""
    if not answers_opening(event, context):
        return False
    message, eap = event.message, eap_of(event.message)
    refuses = message.error is not None or (eap is not None and eap.code == EapCode.FAILURE)
    return not (refuses and message.first(Authentication) is None)


@check("HA-5.1.2.2-09", on=Kind.IKE_AUTH_RESPONSE, when=_accepts_to_talk, maybe=answers_opening)
@of_first_exchange
def ha_without_signature_or_certificate(event: IkeEvent, context: Context) -> Outcome:
    """EAP-AKA runs only after the UE knows the HA; a false HA would else get the subscriber's identity and answers."""
    message = event.message
    auth, faults = message.first(Authentication), []
    if auth is None:
        faults.append("no AUTH")
    elif auth.method in NO_SIGNATURE:
        faults.append(_shown(auth))
    elif auth.method not in SIGNATURES:
        return inconclusive(f"whether {_shown(auth)} is a signature is not known")
    if not any(cert.encoding in CERTIFICATES for cert in message.each(Certificate)):
        faults.append(_no_certificate(event))
    if not faults:
        return PASSED
    return lacking(event, PayloadType.AUTH, PayloadType.CERT, expected=A_SIGNATURE, observed=", ".join(faults))


def _shown(auth: Authentication) -> str:
    return f"AUTH ({named(auth.method, AuthMethod, 'method')})"


def _no_certificate(event: IkeEvent) -> str:
    other = event.message.first(Certificate)
    if other is None:
        return "no CERT"
    return f"CERT ({named(other.encoding, CertificateEncoding, 'encoding')})"


# A second authentication


def _second_follows(event: AnyEvent, context: Context) -> bool:
    return context.sa is not None and event.message.notify(NotifyType.ANOTHER_AUTH_FOLLOWS) is not None


def _not_agreed_so_far(event: AnyEvent, context: Context) -> bool:
    """Asked of a sealed message: where both ends are known to have announced it, a second one may follow."""
    sa = context.sa
    if sa is None:
        return True
    told = _ha_announces(sa), _ue_announces(auth_requests(sa, event).events, sa)
    return any(silence is not False for _, silence in told)


@check(
    "UE-5.1.2.2-23",
    on=(Kind.IKE_AUTH_REQUEST, Kind.IKE_AUTH_RESPONSE),
    when=_second_follows,
    maybe=_not_agreed_so_far,
    holding=NotifyType.ANOTHER_AUTH_FOLLOWS,
)
def second_authentication_not_agreed(event: IkeEvent, context: Context) -> Outcome:
    """An end that does not know RFC 4739 takes the first authentication for the whole and the rest for an error."""
    sa = context.sa
    assert sa is not None
    requests = auth_requests(sa, event)
    silent, unknown = [], []
    for where, silence in (_ha_announces(sa), _ue_announces(requests.events, sa)):
        if silence is None:
            unknown.append(where)
        elif silence:
            silent.append(where)
    if silent:
        return failed(
            expected="N(MULTIPLE_AUTH_SUPPORTED) in the IKE_SA_INIT response and in the first IKE_AUTH request",
            observed=f"N(ANOTHER_AUTH_FOLLOWS), though it is missing in {' and '.join(silent)}",
        )
    return inconclusive(f"{' and '.join(unknown)} was not captured or opened") if unknown else PASSED


def _ha_announces(sa: IkeSa) -> tuple[str, bool | None]:
    """Where the HA announces it, and whether it does not; ``None``: not seen."""
    return _silence("the IKE_SA_INIT response", sa.init_response)


def _ue_announces(requests: tuple[IkeEvent, ...], sa: IkeSa) -> tuple[str, bool | None]:
    first = requests[0] if requests and is_first_auth(requests[0], sa) else None
    return _silence("the first IKE_AUTH request", first)


def _silence(where: str, event: IkeEvent | None) -> tuple[str, bool | None]:
    if event is None or event.message.sealed:
        return where, None
    if event.message.notify(NotifyType.MULTIPLE_AUTH_SUPPORTED):
        return where, False
    return where, None if unreadable(event.message, PayloadType.NOTIFY) or not event.complete else True
