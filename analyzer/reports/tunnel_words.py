"""User data in tunnels in words: how much there is, in what it travels, in which frames."""

from __future__ import annotations

from analyzer.reports.layout import amount, size_text
from dissectors.tunnels import Encapsulation

OUTSIDE = {Encapsulation.UDP: "UDP", Encapsulation.UDP_TLV: "UDP with a TLV header"}
FAMILIES = {4: "IPv4 in ", 6: "IPv6 in "}


def data_text(packets: int, size: int, encapsulation: Encapsulation, family: int, agent_port: int) -> str:
    """``212 packets, 180.0 kB IPv4 in UDP 4191``. ``family`` 0: it cannot be told what is inside."""
    return f"{much_text(packets, size)} {in_what_text(encapsulation, family, agent_port)}"


def much_text(packets: int, size: int) -> str:
    """``212 packets, 180.0 kB``."""
    return f"{amount(packets, 'packet')}, {size_text(size)}"


def in_what_text(encapsulation: Encapsulation, family: int, agent_port: int) -> str:
    """``IPv4 in UDP 4191``."""
    return FAMILIES.get(family, "") + outside(encapsulation, agent_port)


def frames_text(first: int, last: int) -> str:
    """``frame 7`` or ``frames 7 to 9``."""
    return f"frame {first}" if first == last else f"frames {first} to {last}"


def outside(encapsulation: Encapsulation, agent_port: int) -> str:
    """``UDP 4191``, ``IPv6``: what the packets travel in. The port is the Home Agent's."""
    name = OUTSIDE.get(encapsulation)
    if name is None:
        return encapsulation.value.rpartition(" in ")[2]
    return name.replace("UDP", f"UDP {agent_port}", 1)
