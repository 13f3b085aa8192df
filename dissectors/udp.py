"""UDP (RFC 768), and of TCP (RFC 9293) the ports."""

from __future__ import annotations

from enum import IntEnum

from dissectors.buffer import Reader, Record
from dissectors.events import Malformed
from dissectors.ip_numbers import hex16
from dissectors.record import record


class UdpPort(IntEnum):
    """Ports that matter on the S2c interface and around it."""

    DNS = 53
    DHCPV4_SERVER = 67
    DHCPV4_CLIENT = 68
    IKE = 500
    DHCPV6_CLIENT = 546
    DHCPV6_SERVER = 547
    GTP_C = 2123
    DSMIPV6 = 4191
    IPSEC_NAT_T = 4500


@record
class UdpHeader:
    """``size`` is the length field: header and data. The checksum is not verified."""

    source_port: int
    destination_port: int
    size: int
    checksum: int
    malformed: Malformed | None = None

    @property
    def data_size(self) -> int | None:
        """Bytes of data the sender means; None when the length field does not say (RFC 2675 section 4)."""
        return self.size - UDP.size if self.size >= UDP.size else None


@record
class TcpHeader:
    """The ports, which are all that is asked of TCP here."""

    source_port: int
    destination_port: int


PORTS = {port.value: port for port in UdpPort}


def port_text(port: int) -> str:
    """The port with its name, where it has one here."""
    known = PORTS.get(port)
    return f"{known.name} ({port})" if known else str(port)


UDP = Record(
    source_port=("H", port_text), destination_port=("H", port_text), length="H", checksum=("H", hex16)
)  # fmt: skip
TCP = Record(source_port="H", destination_port="H")


def read_udp(r: Reader, *, complete: bool = True) -> UdpHeader:
    """The header at ``r``, which then stands behind it and ends with the datagram.

    Raises ``DissectError`` when the header is cut. A length that lies is a fault only where the capture did not cut
    the packet; all that is there is then taken for data.
    """
    start = r.pos
    source, destination, size, checksum = r.part("udp", UDP.size).read(UDP)
    there = r.end - start
    fault = None
    if UDP.size <= size <= there:
        r.end = start + size
    elif 0 < size < UDP.size:
        fault = f"UDP length {size} is under the header's {UDP.size}"
    elif size > there and complete:
        fault = f"UDP length says {size} bytes, {there} are there"
    if fault is None:
        return UdpHeader(source, destination, size, checksum)
    r.malformed(r.error(fault, start))
    return UdpHeader(source, destination, size, checksum, Malformed(fault, start))
