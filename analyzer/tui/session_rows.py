"""The sessions as rows: who, where, and how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.tui.marks import Severity, severity_of
from analyzer.tui.steady import steady
from analyzer.tui.tables import Column
from dissectors.inert import inert
from rules.bindings import Binding
from rules.machines.course import Course
from rules.machines.session import Machines
from rules.model import Role
from rules.registrations import negotiated_home_addresses
from rules.session import Session

if TYPE_CHECKING:
    from analyzer.tui.follow import Follow

MOST_ADDRESSES = 4
ABSENT = "-"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """The columns of one session; every text is inert."""

    number: int
    identity: str = ""
    ue: str = ""
    ha: str = ""
    prefix: str = ""
    homes: str = ""
    care_of: str = ""
    nat: str = ""
    ifom: str = ""
    ue_state: str = ""
    ha_state: str = ""
    fails: int = 0
    worst: Severity | None = None
    messages: int = 0
    first_frame: int = 0
    apn: str = ""


class SessionRows:
    """Rows of all sessions of a load, made when asked for."""

    def __init__(self, follow: Follow) -> None:
        self.follow = follow
        self._known: dict[int, tuple[tuple[int, int, bool], SessionRow]] = {}

    def renew(self, follow: Follow) -> None:
        """Rows of another load, or of one that began anew."""
        self.follow = follow
        self._known.clear()

    def __len__(self) -> int:
        return self.follow.sessions

    def row(self, place: int) -> SessionRow:
        """The row of the session at a place, from 0."""
        run = self.follow.run
        assert run is not None
        session = run.world.sessions[place]
        marks = self.follow.model.marks
        stamp = (session.last_frame, len(marks.by_session.get(session.number, ())), self.follow.model.complete)
        known = self._known.get(place)
        if known is not None and known[0] == stamp:
            return known[1]
        row = steady(lambda: self._make(session), SessionRow(session.number))
        self._known[place] = stamp, row
        return row

    def _make(self, session: Session) -> SessionRow:
        follow = self.follow
        engine = follow.run.engine if follow.run else None
        machines = engine.machines_of(session.number) if engine else None
        findings = follow.model.marks.by_session.get(session.number, [])
        weights = [severity_of(f.rule, follow.model.marks.overrides) for f in findings]
        course = follow.model.trail.courses.get(session.number)
        return SessionRow(
            number=session.number,
            identity=inert(session.identity or ""),
            ue=str(session.ue or ""),
            ha=str(session.ha or ""),
            prefix=prefix_of(session),
            homes=_few(homes_of(session)),
            care_of=_few(care_of_addresses(session)),
            nat=nat_of(session),
            ifom=ifom_of(session),
            ue_state=_state(machines, Role.UE),
            ha_state=_state(machines, Role.HA),
            fails=len(findings),
            worst=max((w for w in weights if w), default=None),
            messages=len(course) if course else 0,
            first_frame=session.first_frame,
            apn=inert(session.apn or ""),
        )


def _few(texts: list[str]) -> str:
    more = f" +{len(texts) - MOST_ADDRESSES}" if len(texts) > MOST_ADDRESSES else ""
    return ", ".join(texts[:MOST_ADDRESSES]) + more


def prefix_of(session: Session) -> str:
    """The home prefix assigned last."""
    return f"{session.home_prefixes[-1].prefix}/{session.home_prefixes[-1].length}" if session.home_prefixes else ""


def homes_of(session: Session) -> list[str]:
    """The Home Addresses registered, IPv4 ones too; before a registration those of the selectors."""
    found = dict.fromkeys(map(str, session.homes))
    found |= dict.fromkeys(str(h.ipv4_granted) for h in session.homes.values() if h.ipv4_granted)
    return list(found or dict.fromkeys(map(str, negotiated_home_addresses(session))))


def bindings_of(session: Session) -> list[Binding]:
    """The bindings that nothing has ended."""
    return [binding for home in session.homes.values() for binding in home.bindings.values()]


def care_of_addresses(session: Session) -> list[str]:
    """Those bound; before a registration, and after it, where the UE sends from."""
    found = dict.fromkeys(str(binding.care_of_address) for binding in bindings_of(session))
    return list(found) or [str(session.ue or "")]


def nat_of(session: Session) -> str:
    """Whether a binding found a NAT between UE and Home Agent."""
    bindings = bindings_of(session) or [b for home in session.homes.values() for b in home.former[-1:]]
    if not bindings:
        return ""
    return "NAT" if any(binding.has_nat for binding in bindings) else ABSENT


def ifom_of(session: Session) -> str:
    """Who showed to know IFOM."""
    shown = [role.value for role in (Role.UE, Role.HA) if role in session.ifom_shown_by]
    return "+".join(shown) or (ABSENT if session.homes else "")


def _state(machines: Machines | Course | None, role: Role) -> str:
    return machines.stands(role) if machines is not None else ""


def _fails(row: SessionRow) -> str:
    return f"{row.worst.mark} {row.fails}" if row.worst else ABSENT


TONES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}

COLUMNS: tuple[Column[SessionRow], ...] = (
    Column("#", lambda r: str(r.number), lambda r: r.number, right=True),
    Column("Fails", _fails, lambda r: (r.worst or 0, r.fails), tone=lambda r: TONES[r.worst] if r.worst else "dim"),
    Column("Identity", lambda r: r.identity or "not seen", lambda r: r.identity, 30,
           tone=lambda r: "" if r.identity else "dim"),
    Column("UE state", lambda r: r.ue_state, lambda r: r.ue_state, 28),
    Column("HA state", lambda r: r.ha_state, lambda r: r.ha_state, 30),
    Column("CoA", lambda r: r.care_of, lambda r: r.care_of),
    Column("HoA", lambda r: r.homes or ABSENT, lambda r: r.homes),
    Column("HA", lambda r: r.ha, lambda r: r.ha),
    Column("Home prefix", lambda r: r.prefix or ABSENT, lambda r: r.prefix),
    Column("NAT", lambda r: r.nat, lambda r: r.nat),
    Column("IFOM", lambda r: r.ifom, lambda r: r.ifom),
    Column("Msgs", lambda r: str(r.messages), lambda r: r.messages, right=True),
    Column("APN", lambda r: r.apn, lambda r: r.apn),
)  # fmt: skip
