"""What the engine keeps of one session: prohibitions in force, and the two machines."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.machines.session import Machines
from rules.prohibitions import Ban
from rules.session import Session

MOST_BANS = 64


@dataclass(slots=True, eq=False)
class Watch:
    """One session under the engine's eyes."""

    session: Session
    machines: Machines = field(default_factory=Machines)
    bans: list[Ban] = field(default_factory=list)

    def starts_late(self) -> str:
        """What of the beginning was not captured: ``IKE_SA_INIT``, ``IKE_AUTH`` (and so both), or nothing.

        A rekey that stayed closed makes an SA without a beginning as well.
        """
        sas = self.session.ike_sas
        if not sas or not sas[0].partial:
            return ""
        first = sas[0]
        return "IKE_SA_INIT" if first.auth_requests or first.auth_responses else "IKE_AUTH"
