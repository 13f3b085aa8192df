"""Key material as values: what a key file gives, what derivation makes, what opens a message.

No ``repr`` of these shows a secret. ``origin`` says where a key came from (``"esp_sa:3"``, ``"derived in frame 12"``)
and never holds key bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dissectors.events import Address
from dissectors.record import record


@record
class CipherSpec:
    """The algorithms of an SA, as numbers of the IKEv2 registries.

    ``key_size`` is the cipher key in bytes without salt. ``icv_size`` is set only where a key file gives
    a truncation of its own (or an AEAD's ICV apart from its name); ``prf`` only for IKE SAs.
    ``check_icv`` is false for Wireshark's "[no checking]" entries, whose ICV is only skipped.
    """

    encryption: int
    key_size: int
    integrity: int = 0
    prf: int | None = None
    icv_size: int | None = None
    check_icv: bool = True


@record
class IkeKeys:
    """The secrets of one IKE SA; any may be empty when unknown.

    ``sk_e*`` carry the salt at their end (CTR, AEAD). ``spec`` is ``None`` when the source does not name the
    algorithms: the negotiated proposal then decides. The SPIs are ``None`` when the source does not give them
    (strongSwan's log): the keys are then tried on SAs that have none. ``key_exchange_secret`` is g^ir of the
    exchange that made the SA.
    """

    initiator_spi: bytes | None
    responder_spi: bytes | None
    sk_ei: bytes = field(default=b"", repr=False)
    sk_er: bytes = field(default=b"", repr=False)
    sk_ai: bytes = field(default=b"", repr=False)
    sk_ar: bytes = field(default=b"", repr=False)
    sk_d: bytes = field(default=b"", repr=False)
    sk_pi: bytes = field(default=b"", repr=False)
    sk_pr: bytes = field(default=b"", repr=False)
    key_exchange_secret: bytes = field(default=b"", repr=False)
    spec: CipherSpec | None = None
    origin: str = ""


@record
class EspKeys:
    """The keys of one ESP SA (one direction).

    ``spi`` is ``None`` for a wildcard. ``key`` carries the salt at its end (CTR, AEAD). Addresses are hints
    only: key files often name the IKE peers, while the packets carry the Home Address or a care-of address. A
    source or destination is kept as ``(address, prefix bits)`` or ``None`` for any. ``esn`` is ``None`` when
    the source does not say. ``valid_from`` is the frame that made a derived key usable (0: from the start).
    """

    spi: int | None
    spec: CipherSpec
    key: bytes = field(default=b"", repr=False)
    integrity_key: bytes = field(default=b"", repr=False)
    source: tuple[Address, int] | None = None
    destination: tuple[Address, int] | None = None
    esn: bool | None = None
    valid_from: int = 0
    origin: str = ""


@record
class KeyProblem:
    """A line of a key file that was not used: where, and why in one sentence without key bytes."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}" if self.line else f"{self.path}: {self.reason}"


@dataclass(slots=True)
class KeyMaterial:
    """All that the user's key files gave.

    ``key_exchange_secrets`` are g^ir values that no line ties to an SA: each is tried where PFS or a rekey needs one.
    ``sources`` tells what each file was recognised as, for ``dsmip keys``: path, form, counts.
    """

    ike: list[IkeKeys] = field(default_factory=list)
    esp: list[EspKeys] = field(default_factory=list)
    key_exchange_secrets: list[bytes] = field(default_factory=list, repr=False)
    problems: list[KeyProblem] = field(default_factory=list)
    sources: list[KeySource] = field(default_factory=list)

    def add(self, other: KeyMaterial) -> None:
        """Takes over everything of ``other``."""
        self.ike += other.ike
        self.esp += other.esp
        self.key_exchange_secrets += other.key_exchange_secrets
        self.problems += other.problems
        self.sources += other.sources


@record
class KeySource:
    """What one file was recognised as, and how many keys of each kind it gave."""

    path: str
    form: str
    ike: int
    esp: int
    key_exchange_secrets: int = 0
