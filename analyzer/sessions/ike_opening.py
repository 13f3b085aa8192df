"""Opening SK and SKF: which keys fit which IKE SA, and the keys of SAs that come of it by rekeying.

A key file may tie its keys to SPIs or not, and may tie them to the wrong ones (strongSwan 5.9.8 writes the keys of a
rekeyed IKE SA under the SPIs of the old one). So keys are candidates: the first whose ICV verifies is the SA's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dissectors.events import Sealed, SealReason
from dissectors.ikev2.derive import UnsupportedAlgorithm, cipher_spec_of, ike_keys, rekeyed_skeyseed, skeyseed
from dissectors.ikev2.messages import IkeMessage, KeyExchange
from dissectors.ikev2.protection import Opened, open_with_padding
from dissectors.ikev2.registry import NotifyType
from dissectors.keymat import CipherSpec, IkeKeys, KeyMaterial
from rules.session import IkeSa

MOST_LOOSE = 1024
"""At most so many keys without SPIs are tried on one IKE SA, so that a huge log cannot stall a huge capture."""
MOST_SEARCHES = 4
"""Messages of one IKE SA on which keys without SPIs are tried; one or two of them may be damaged."""


@dataclass(slots=True)
class SaKeys:
    """What is known of one IKE SA's keys. ``keys`` is set once an ICV has verified."""

    keys: IkeKeys | None = None
    spec: CipherSpec | None = None
    derived: list[IkeKeys] = field(default_factory=list)
    searches: int = 0


class IkeOpener:
    """Holds the user's IKE keys and finds the right ones for each IKE SA."""

    def __init__(self, material: KeyMaterial) -> None:
        self._by_spis: dict[tuple[bytes, bytes], list[IkeKeys]] = {}
        self._loose: list[IkeKeys] = []
        self._claimed: set[int] = set()
        self._states: dict[IkeSa, SaKeys] = {}
        self.secrets: list[bytes] = []
        self.add(material)

    def add(self, material: KeyMaterial) -> None:
        """More keys, perhaps while a capture goes on: IKE SAs that none has fitted yet are tried anew."""
        for keys in material.ike:
            if keys.initiator_spi is None or keys.responder_spi is None:
                self._loose.append(keys)
            else:
                self._by_spis.setdefault((keys.initiator_spi, keys.responder_spi), []).append(keys)
        for candidates in self._by_spis.values():
            candidates.sort(key=lambda k: not k.sk_d)  # keys that also open what comes of the SA go first
        secrets = [*self.secrets, *material.key_exchange_secrets, *(k.key_exchange_secret for k in material.ike)]
        self.secrets[:] = dict.fromkeys(s for s in secrets if s)
        for state in self._states.values():
            state.searches = 0

    def forget(self, sa: IkeSa) -> None:
        """The session of an IKE SA is over: the key that opened it is still told of, the ways to find one are not."""
        state = self._states.get(sa)
        if state is not None and state.keys is None:
            del self._states[sa]
        elif state is not None:
            state.derived = []

    def keys_of(self, sa: IkeSa) -> IkeKeys | None:
        """The verified keys of an SA."""
        state = self._states.get(sa)
        return state.keys if state else None

    def verified(self) -> Iterator[tuple[IkeSa, IkeKeys, CipherSpec]]:
        """The keys that have opened messages, by IKE SA."""
        for sa, state in self._states.items():
            if state.keys is not None and state.spec is not None:
                yield sa, state.keys, state.spec

    def open(self, data: bytes, start: int, message: IkeMessage, sa: IkeSa) -> Opened | Sealed:
        """The payloads in the SK or SKF of ``message``, which begins at ``start`` of ``data``; or why not."""
        state = self._states.setdefault(sa, SaKeys())
        if state.keys is not None and state.spec is not None:
            return open_with_padding(data, start, message, state.keys, state.spec)
        return self._search(data, start, message, sa, state)

    def _search(self, data: bytes, start: int, message: IkeMessage, sa: IkeSa, state: SaKeys) -> Opened | Sealed:
        worst: Sealed | None = None
        for keys in self._candidates(sa, state):
            spec = self._spec(keys, sa)
            if isinstance(spec, Sealed):
                worst = worst or spec
                continue
            plain = open_with_padding(data, start, message, keys, spec)
            if not isinstance(plain, Sealed):
                self._claim(state, keys, spec)
                return plain
            if worst is None or plain.reason is SealReason.ICV_MISMATCH:
                worst = plain
        return worst or self._no_key(sa)

    def _claim(self, state: SaKeys, keys: IkeKeys, spec: CipherSpec) -> None:
        state.keys, state.spec = keys, spec
        self._claimed.add(id(keys))

    def _candidates(self, sa: IkeSa, state: SaKeys) -> Iterator[IkeKeys]:
        """Keys of these SPIs first, then derived ones, then those of the SAs this one came from, then loose ones."""
        state.searches += 1
        if sa.parent is not None and not state.derived:
            state.derived = list(self._derive_rekeyed(sa))
        yield from self._by_spis.get((sa.initiator_spi, sa.responder_spi), ())
        yield from state.derived
        if state.searches > MOST_SEARCHES:
            return
        ancestor = sa.parent
        while ancestor is not None:
            yield from self._unclaimed(self._by_spis.get((ancestor.initiator_spi, ancestor.responder_spi), ()))
            ancestor = ancestor.parent
        yield from self._unclaimed(self._loose[:MOST_LOOSE])
        if sa.parent is None:
            yield from self._derive_first(sa)

    def _unclaimed(self, keys: Iterable[IkeKeys]) -> Iterator[IkeKeys]:
        return (k for k in keys if id(k) not in self._claimed)

    def _spec(self, keys: IkeKeys, sa: IkeSa) -> CipherSpec | Sealed:
        negotiated: CipherSpec | None = None
        if sa.proposal is not None:
            try:
                negotiated = cipher_spec_of(sa.proposal)
            except UnsupportedAlgorithm as unsupported:
                if keys.spec is None:
                    return Sealed(SealReason.UNSUPPORTED, f"algorithm not supported: {unsupported}")
        if keys.spec is None:
            return negotiated or Sealed(
                SealReason.UNSUPPORTED,
                "the algorithms are not known: the keys do not name them and the capture starts after IKE_SA_INIT",
            )
        if keys.spec.prf is None and negotiated is not None:
            return replace(keys.spec, prf=negotiated.prf)
        return keys.spec

    def _no_key(self, sa: IkeSa) -> Sealed:
        spis = f"{sa.initiator_spi.hex()}/{sa.responder_spi.hex()}"
        return Sealed(SealReason.NO_KEY, f"no key for the IKE SA {spis}")

    def prf_of(self, sa: IkeSa) -> int | None:
        """The SA's pseudorandom function, from what was negotiated or from its keys."""
        state = self._states.get(sa)
        if state and state.spec and state.spec.prf is not None:
            return state.spec.prf
        try:
            return cipher_spec_of(sa.proposal).prf if sa.proposal else None
        except UnsupportedAlgorithm:
            return None

    def _derive_first(self, sa: IkeSa) -> Iterator[IkeKeys]:
        """Keys of an SA made by IKE_SA_INIT from a Diffie-Hellman secret alone (RFC 7296 section 2.14)."""
        if sa.nonces is None or sa.proposal is None or changes_derivation(sa):
            return
        try:
            spec = cipher_spec_of(sa.proposal)
        except UnsupportedAlgorithm:
            return
        if spec.prf is None:
            return
        for secret in self._fitting_secrets(sa):
            seed = skeyseed(spec.prf, *sa.nonces, secret)
            yield ike_keys(
                spec.prf, seed, *sa.nonces, sa.initiator_spi, sa.responder_spi, spec, origin="key exchange secret"
            )

    def _fitting_secrets(self, sa: IkeSa) -> Iterator[bytes]:
        """Secrets whose size the group could give: that of KE, or half of it for elliptic curves."""
        response = sa.init_response if sa.parent is None else sa.established
        ke = response.message.first(KeyExchange) if response else None
        sizes = {len(ke.data), len(ke.data) // 2} if ke else set()
        return (s for s in self.secrets[:MOST_LOOSE] if len(s) in sizes)

    def _derive_rekeyed(self, sa: IkeSa) -> Iterator[IkeKeys]:
        """Keys of an SA made by a rekey (RFC 7296 section 2.18): old PRF for the seed, new one for the keys.

        strongSwan takes the old PRF for both; where they differ both are tried and the ICV decides.
        """
        parent = sa.parent
        old = self.keys_of(parent) if parent else None
        old_prf = self.prf_of(parent) if parent else None
        if parent is None or old is None or not old.sk_d or old_prf is None or sa.nonces is None or not sa.proposal:
            return
        try:
            spec = cipher_spec_of(sa.proposal)
        except UnsupportedAlgorithm:
            return
        for secret in self._fitting_secrets(sa):
            seed = rekeyed_skeyseed(old_prf, old.sk_d, secret, *sa.nonces)
            for prf in dict.fromkeys((spec.prf, old_prf)):
                if prf is not None:
                    yield ike_keys(
                        prf, seed, *sa.nonces, sa.initiator_spi, sa.responder_spi, spec, origin="derived by rekey"
                    )


def changes_derivation(sa: IkeSa) -> bool:
    """A PPK (RFC 8784), IKE_INTERMEDIATE (RFC 9242) or further key exchanges (RFC 9370) change the formulas."""
    answer = sa.init_response
    changing = (NotifyType.USE_PPK, NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED)
    return answer is not None and any(answer.message.notify(kind) for kind in changing)
