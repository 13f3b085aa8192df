"""What an honest judge leaves open, by what is not seen: lists of requirements for :mod:`samples.unseen`.

Each row was checked against the ledger: what its columns ask for stands where nobody can see it.
"""

from __future__ import annotations


def _numbered(prefix: str, numbers: str) -> tuple[str, ...]:
    """``UE-5.1.2.4`` and ``03 04``."""
    return tuple(f"{prefix}-{number}" for number in numbers.split())


HIDDEN_WITHOUT_KEYS = (
    *_numbered("UE-5.1.1", "01"),
    *_numbered("UE-5.1.2.1a", "01"),
    *_numbered("UE-5.1.2.2", "03 04 05 06 08 10 11 12 13 14 15 16 18 19 21 23 24 26"),
    *_numbered("HA-5.1.2.2", "09 22"),
    *_numbered("UE-5.1.2.3", "01 05"),
    *_numbered(
        "UE-5.1.2.4",
        "01 03 04 05 06 07 08 12 17 18 19 20 21 22 23 24 25 28 29 31 32 33 34 36 37",
    ),
    *_numbered("HA-5.1.2.4", "35"),
    *_numbered("HA-5.1.3.1", "01 02 03 04 11 12 13 15"),
    *_numbered("HA-5.1.3.2", "01 02 03 05 06 07 10 12 13 16 17 18 19"),
    *_numbered("NET-B.x", "02"),
    *_numbered("RFC7296", "05 08 10 11"),
    *_numbered("RFC4877", "01 02"),
    *_numbered("RFC3775", "01 02 03 04 05 06 07 08"),
    *_numbered("RFC5555", "01 02"),
    *_numbered("RFC5648", "01"),
    *_numbered("RFC6089", "01"),
    *_numbered("RFC4187", "01"),
    *_numbered("RFC5026", "01"),
)
"""What stands in IKE_AUTH and later, or in Binding Updates and Acknowledgements: every sealed message may hold it. Over
IPv6: what an update from an IPv4 care-of address asks for is in :data:`FROM_IPV4`.
"""
FROM_IPV4 = (
    *_numbered("UE-5.1.2.4", "09 10 11 13 14 15 16"),
    *_numbered("HA-5.1.3.2", "08 09 11"),
)
"""What applies to an IPv4 care-of address, and what its Binding Update or Acknowledgement holds."""
FROM_IPV6 = (
    *_numbered("UE-5.1.2.4", "03 04 05 06 07"),
    *_numbered("RFC3775", "03"),
)
"""What applies to an IPv6 care-of address, and what its Binding Update holds."""
IN_CLEAR = (
    *_numbered("UE-5.1.2.2", "01 02 25"),
    *_numbered("HA-5.1.3.1", "08 14"),
    *_numbered("NET-B.x", "01"),
    *_numbered("RFC7296", "01 02 03 04 06 09"),
    *_numbered("RFC4303", "01"),
    *_numbered("RFC5685", "01"),
)
"""What IKE_SA_INIT and the clear headers decide."""
ONE_KIND_OF_ADDRESS = _numbered("UE-5.1.2.4", "02")
"""What takes care-of addresses of both kinds: over which IP version a packet goes shows."""
IN_IKE = (
    *_numbered("UE-5.1.2.2", "03 04 05 06 08 10 11 12 13 14 15 16 18 23 24 26"),
    *_numbered("HA-5.1.2.2", "09"),
    *_numbered("HA-5.1.3.1", "01 02 03 04 11 12 13 15"),
    *_numbered("NET-B.x", "02"),
    *_numbered("RFC7296", "05 07 08 10 11"),
    *_numbered("RFC4187", "01"),
    *_numbered("RFC5026", "01"),
)
"""What stands in IKEv2 messages alone."""
HELD_OR_USED = (
    *_numbered("UE-5.1.2.4", "26"),
    *_numbered("HA-5.1.3.2", "14"),
    *_numbered("UE-5.1.2.2", "27"),
)
"""What a registration that nobody can read decides: whether data may be sent, and whether flows are used."""
SAID_IN_IKE_SA_INIT = (
    *_numbered("UE-5.1.2.1.5", "07"),
    *_numbered("UE-5.1.2.2", "02 20 25"),
    *_numbered("HA-5.1.3.1", "08 14"),
    *_numbered("RFC7296", "09"),
    *_numbered("RFC5685", "01"),
)
"""What only IKE_SA_INIT shows, or what must follow it."""
ASSIGNED_BEFORE = (
    *_numbered("UE-5.1.2.2", "01 07 17"),
    *_numbered("HA-5.1.3.1", "05 06 07 16"),
)
"""What hangs on who the UE is and which prefix it was given, in IKE_AUTH."""
