"""What the engine keeps of one session: prohibitions in force, and the two machines."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.kinds import Kinds
from rules.machines.session import Machines
from rules.prohibitions import Ban
from rules.session import Session

MOST_BANS = 64
FIRST_FEW = 8


@dataclass(slots=True, eq=False)
class Watch:
    """One session under the engine's eyes."""

    session: Session
    machines: Machines = field(default_factory=Machines)
    bans: list[Ban] = field(default_factory=list)
    closed: dict[Kinds, int] = field(default_factory=dict)  # packets that stayed closed in a row, by what they may be

    def closed_again(self, kind: Kinds) -> bool:
        """Counts a closed packet; whether it is worth looking at.

        Of a long run of them the first few say all there is to say; a look at each would cost as much as judging them.
        """
        count = self.closed[kind] = self.closed.get(kind, 0) + 1
        return count <= FIRST_FEW or count & (count - 1) == 0

    def starts_late(self) -> str:
        """What of the beginning was not captured: ``IKE_SA_INIT``, ``IKE_AUTH`` (and so both), or nothing.

        A rekey that stayed closed makes an SA without a beginning as well.
        """
        sas = self.session.ike_sas
        if not sas or not sas[0].partial:
            return ""
        first = sas[0]
        return "IKE_SA_INIT" if first.auth_requests or first.auth_responses else "IKE_AUTH"
