"""Message ladders: the language of worked examples and of failure reports.

A case file (``rules/ts24303/cases/ID.md``, ``rules/base/cases/ID.md``) has sections ``## pass: title``,
``## fail: title``, ``## inconclusive: title`` and ``## not applicable: title``. Each holds prose, which is skipped, and
one ladder of indented lines::

    PROFILE first_attach=true prefer=rfc deadlines.ike_response=5 roles.HA=UE
    0.0   UE -> HA  IKE_SA_INIT request
    0.1   HA -> UE  IKE_SA_INIT response [SA KE Nr N(MULTIPLE_AUTH_SUPPORTED)]
    0.2   UE -> HA  IKE_AUTH request 1 with CP(REQUEST INTERNAL_IP6_DNS) without IDr
    0.3   HA -> UE  IKE_AUTH response 1 sealed
    0.5   repeat
    0.6   UE -> HA  ESP spi=0x1001 seq=5 next=58 icv=bad
    1.0   ATTACH UE2 -> HA until IKE_AUTH 1
    9.0   DROPS 3
    40.0  END

**Lines.** Time in seconds, sender, receiver, exchange (a name of the registry, or ``EXCHANGE_44``), ``request`` or
``response``, Message ID. Without an ID it is counted on from the sender's last request; a response repeats that of the
request. Without brackets a message has the payloads of a compliant one in its place: what was asked for is answered, an
IDr echoed, a COOKIE given back, a redirect followed with REDIRECTED_FROM. ``with X`` replaces the payload of X's name
or adds one, ``without X`` removes it. ``repeat`` sends the last message again (``repeat with …``: changed).
``ATTACH [UE2 -> HA] [until IKE_AUTH 1]`` is a whole compliant attach, 10 ms from message to message: IKE_SA_INIT 0,
IKE_AUTH 1 to 3, CREATE_CHILD_SA 4. ``DROPS n``: the capture reports n lost frames. ``IFOM UE``: from here on the UE is
known to use IP flow mobility (BID or FID, which no ladder line spells yet). ``ALIKE``: DNS queries from here on may be
of any of several UEs. ``END``: the capture goes on until then;
without it, it ends with the last message. A capture that starts late has no lines for what was missed.

**Nodes.** ``UE`` (2001:db8:a::1), ``UE2``, …, ``HA`` (2001:db8:b::1), ``HA2``, …; ``UE@ADDRESS`` is the UE at another
address; ``NET`` is the access network, which RA, DHCPV6 and DNS lines come from or go to (:mod:`rules.ladder.neighbor`,
:mod:`rules.ladder.discovery`). Every UE is one session. UEs have IMSIs 001010123456789 and up, home prefixes
2001:db8:1:2::/64 and up, and the Home Address ``HoA`` is ::10 in it.

**Options.** ``clear`` (sent without protection); ``sealed`` (protected and not opened) or
``sealed=ICV_MISMATCH`` (names of ``SealReason``); ``cut`` (the capture cut the packet); ``sa=2`` (the second IKE SA
of the ladder, else the newest
between the two nodes); ``spi_i=``, ``spi_r=`` (hex); ``version=0x20``; ``port=4500``. Of ESP: ``spi=``, ``seq=``,
``next=``, ``icv=bad|none``, ``padding=bad``, ``sealed``. Without ``spi`` an ESP packet goes on the newest CHILD SA; the
HA chooses the SPIs 0x1001, 0x1002, … (packets from the UE), the UE 0x2001, ….

**Payloads.** ``SA``, ``SA(IKE)``, ``SA(ESP spi=0x2001 AES_GCM_16)``, ``SA(AES_CBC_128 -INTEG)``, proposals parted by
``|``; types that are not named are filled in, ``-TYPE`` leaves one out. ``KE``, ``KE(ECP256)``, ``Ni``, ``Ni(15)``
(octets), ``Nr``, ``IDi``, ``IDi=user@realm``, ``IDi(KEY_ID)=0x00ff``, ``IDr=internet``, ``CERT``, ``CERTREQ``,
``AUTH(RSA_SIGNATURE)``, ``N(TYPE)``, ``N(TYPE=value spi=0x01 protocol=3)`` (address, node, prefix, number, text or hex
as the type needs; ``N(40961=0x00)``), ``D(IKE)``, ``D(ESP 0x1001)``, ``V``, ``TSi(HoA 135 BU)``,
``TSr(any)``, ``TSi(2001:db8::1-2001:db8::9 any 0-65535 | any4)`` (ports BU, BA, MH, OPAQUE, any, n, n-m),
``CP(REQUEST MIP6_HOME_PREFIX INTERNAL_IP6_DNS)``, ``CP(REPLY MIP6_HOME_PREFIX=2001:db8:1:2::/64 lifetime=600)``
(values may be hex, attributes numbers), ``EAP(Request/Identity)``, ``EAP(Response/Identity=NAI)``,
``EAP(Request/AKA-Challenge AT_RAND AT_AUTN AT_MAC)``, ``EAP(Response/AKA'-Identity AT_IDENTITY=NAI id=7)``,
``EAP(Response/Nak=0x17)``, ``EAP(Request/MSCHAPV2)``, ``EAP(Success)``, ``P200`` (unknown), ``BAD(KE)`` (cannot be
read). ``!`` before a name sets the critical bit; ``\\xNN`` in a text is an octet. No blanks inside a value.
"""

from __future__ import annotations

from rules.ladder.cases import Case, all_cases, parse_cases
from rules.ladder.play import Played, judge_alone, play, play_case, profile_of
from rules.ladder.render import describe, render
from rules.ladder.script import LadderError

__all__ = [
    "Case",
    "LadderError",
    "Played",
    "all_cases",
    "describe",
    "judge_alone",
    "parse_cases",
    "play",
    "play_case",
    "profile_of",
    "render",
]
