"""A run: who there is, what the time is, what was sent; and the keys in the forms that users have."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from random import Random
from typing import Any

from tests.independent.crypt import ENCR, EspSuite, Suite, esp
from tests.independent.ike import IkeSa, Payload, sealed
from tests.independent.names import TOML_ENCR, TOML_INTEG, TOML_PRF, WS_ESP, WS_ESP_MAC, WS_IKE, WS_MAC, XFRM, XFRM_MAC
from tests.independent.wire import Ip, addr, capture, ip, udp

START = 1_790_000_000_123_456_789


@dataclass
class Access:
    """A care-of address, and what a NAT makes of it."""

    address: Ip
    public: Ip | None = None
    ports: dict[int, int] = field(default_factory=dict)

    @property
    def seen(self) -> Ip:
        return self.public or self.address

    def port(self, own: int) -> int:
        """The port that the Home Agent sees."""
        if self.public is None:
            return own
        return self.ports.setdefault(own, 40000 + own % 7919)


@dataclass
class Habits:
    """How this pair of implementations does what the specification leaves open."""

    ike: Suite = field(default_factory=Suite)
    first_esp: EspSuite = field(default_factory=EspSuite)
    esp: EspSuite = field(default_factory=EspSuite)
    many: bool = False  # several proposals in every SA payload
    cookie: bool = False
    wrong_group: int = 0  # tried first, refused with INVALID_KE_PAYLOAD
    floats: bool | None = None  # to 4500; None: with an IPv4 address
    identity: str = "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org"
    rounds: tuple[str, ...] = ("challenge",)
    idr: tuple[int, bytes] = (2, b"internet")
    auth: str = "ecdsa"
    certs: int = 1
    ask: tuple[int, ...] = (16,)
    reply: tuple[int, ...] = (16,)
    cut_at: int = 0  # IKE fragmentation
    odd_payloads: bool = False  # vendor IDs and notifies that nobody knows
    mobike: bool = False
    childless: bool = False
    second: bool = False
    ifom: bool = False
    selectors: str = "exact"
    group: int = 0  # of the CHILD SA
    protocol_id: int = 0  # of notifies about the IKE SA
    pad: int = 0  # ESP pads by so many blocks more
    style: str = "padn"
    nat_d: bool = True
    windows: bool = False
    initial_contact: bool = True
    tunnel_first: bool = True
    zero_sums: bool = False


@dataclass
class Child:
    """A CHILD SA: SPIs by the receiver, keys by the sender."""

    suite: EspSuite
    spi: dict[str, int]
    keys: dict[str, tuple[bytes, bytes]]
    sent: dict[str, int] = field(default_factory=lambda: {"ue": 0, "ha": 0})


@dataclass
class Ue:
    access: Access
    habits: Habits
    prefix: Ip
    iid: int
    ha6: Ip
    ha4: Ip
    sa: IkeSa | None = None
    child: Child | None = None
    first_child: Child | None = None
    sequence: int = 0
    home4: Ip | None = None
    udp: bool = False
    update: Any = None  # the last Binding Update
    other: Access | None = None
    other_access: dict[int, Access] = field(default_factory=dict)

    @property
    def hoa(self) -> Ip:
        return IPv6Address(int(self.prefix) | self.iid)

    @property
    def ha(self) -> Ip:
        return self.ha6 if self.access.address.version == 6 else self.ha4


@dataclass(order=True)
class Sent:
    at: int
    order: int
    packet: bytes = field(compare=False)
    tag: str = field(compare=False)


class Run:
    """``edit``: what a violation changes, by the tag of the message that it changes."""

    def __init__(self, seed: int = 1, **edit: Callable[..., Any]) -> None:
        self.rng = Random(seed)
        self.now = 0.0
        self.sent: list[Sent] = []
        self.edit = edit
        self.ikes: list[tuple[IkeSa, bytes]] = []
        self.children: list[tuple[Child, Ue]] = []
        self.profile: dict[str, Any] = {"capture_point": "ha"}
        self.form = "toml"
        self.file = ("pcap", "eth")
        self.prefix_style = ""

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def put(self, packet: bytes, tag: str = "", *, at: float | None = None) -> None:
        """A packet leaves; the next comes some milliseconds later. An edit may drop, delay, repeat or change it."""
        change = self.edit.get("frame_" + tag)
        packets = [(0.0, packet)] if change is None else change(packet)
        for delay, data in packets:
            moment = (self.now if at is None else at) + delay
            self.sent.append(Sent(START + int(moment * 1e9), len(self.sent), data, tag))
        if at is None:
            self.now += 0.004 + 0.02 * self.rng.random()

    def changed(self, tag: str, value: Any) -> Any:
        change = self.edit.get(tag)
        return value if change is None else change(value)

    # --- IKE over UDP ---

    def ike(self, u: Ue, sender: str, message: bytes, tag: str, sa: IkeSa | None = None) -> None:
        port = (sa or u.sa or IkeSa(b"", b"", Suite())).port
        a = u.access
        data = (bytes(4) if port == 4500 else b"") + message
        here, there = (a.seen, a.port(port)), (u.ha, port)
        if sender == "ha":
            here, there = there, here
        self.put(udp(*here, *there, data, zero=u.habits.zero_sums and u.ha.version == 4), tag)

    def protected(
        self,
        u: Ue,
        sender: str,
        exchange: int,
        payloads: list[Payload],
        tag: str,
        *,
        response: bool = False,
        sa: IkeSa | None = None,
    ) -> list[Payload]:
        """Seals and sends. Requests take the sender's next message ID, responses repeat the last of the peer."""
        sa = sa or u.sa
        assert sa
        payloads = self.changed(tag, payloads)
        if payloads is None:
            return []
        peer = "ha" if sender == "ue" else "ue"
        number = sa.next_id[peer] - 1 if response else sa.next_id[sender]
        if not response:
            sa.next_id[sender] += 1
        number = self.changed("id_" + tag, number)
        flags = (8 if sa.initiator == sender else 0) | (0x20 if response else 0)
        messages = sealed(sa, exchange, flags, number, payloads, self.rng, u.habits.cut_at)
        for message in self.changed("raw_" + tag, messages):
            self.ike(u, sender, message, tag, sa)
        return payloads

    # --- ESP ---

    def esp(
        self, u: Ue, child: Child, sender: str, payload: bytes, proto: int, *, sequence: int | None = None
    ) -> bytes:
        receiver = "ha" if sender == "ue" else "ue"
        if sequence is None:
            child.sent[sender] += 1
            sequence = child.sent[sender]
        return esp(
            child.suite, child.keys[sender], child.spi[receiver], sequence, payload, proto, self.rng, pad=u.habits.pad
        )

    # --- results ---

    def ordered(self) -> list[Sent]:
        return sorted(self.sent)

    def frame(self, tag: str, nth: int = 0) -> int:
        """The number of the ``nth`` frame with this tag, from 1 (negative: from the end)."""
        numbers = [i for i, sent in enumerate(self.ordered(), 1) if sent.tag == tag]
        return numbers[nth]

    def capture(self) -> bytes:
        return capture([(s.at, s.packet) for s in self.ordered()], *self.file)

    def keys(self) -> dict[str, str]:
        """Key files by name."""
        return {
            "toml": self._toml,
            "named": self._toml,
            "ike": self._ike_only,
            "wireshark": self._wireshark,
            "charon": self._charon,
            "xfrm": self._xfrm,
        }[self.form]()

    def _ike_toml(self, *, all_of_it: bool) -> str:
        out = []
        for sa, secret in self.ikes:
            lines = [f'initiator_spi = "{sa.spi_i.hex()}"', f'responder_spi = "{sa.spi_r.hex()}"']
            names = ("d", "ai", "ar", "ei", "er", "pi", "pr") if all_of_it else ("d", "ai", "ar", "ei", "er")
            if self.form == "named":
                lines.append(f'encryption = "{TOML_ENCR[sa.suite.encr]}"')
                lines.append(f'prf = "{TOML_PRF[sa.suite.prf]}"')
                if not ENCR[sa.suite.encr].icv:
                    lines.append(f'integrity = "{TOML_INTEG[sa.suite.integ]}"')
            lines += [f'sk_{n} = "{sa.keys[n].hex()}"' for n in names if sa.keys[n]]
            out.append("[[ike_sa]]\n" + "\n".join(lines) + "\n")
            del secret
        return "\n".join(out)

    def _secrets(self) -> str:
        found = [s.hex() for _, s in self.ikes] + [
            c.secret.hex() for c, _ in self.children if getattr(c, "secret", b"")
        ]
        return "key_exchange_secrets = [" + ", ".join(f'"{s}"' for s in found) + "]\n"

    def _toml(self) -> dict[str, str]:
        out = [self._secrets(), self._ike_toml(all_of_it=True)]
        return {"keys.toml": "\n".join(out)}

    def _ike_only(self) -> dict[str, str]:
        """Only what the key exchange gave: everything else has to be derived."""
        return {"keys.toml": self._secrets()}

    def _wireshark(self) -> dict[str, str]:
        return {**self._ike_table(), **self._esp_table()}

    def _ike_table(self) -> dict[str, str]:
        rows = []
        for sa, _ in self.ikes:
            k = sa.keys
            rows.append(f'{sa.spi_i.hex()},{sa.spi_r.hex()},{k["ei"].hex()},{k["er"].hex()},"{WS_IKE[sa.suite.encr]}",{k["ai"].hex()},{k["ar"].hex()},"{WS_MAC[sa.suite.integ if not ENCR[sa.suite.encr].icv else "none"]}"')  # fmt: skip  # noqa: E501
        return {"ikev2_decryption_table": "\n".join(rows) + "\n"}

    def _esp_table(self) -> dict[str, str]:
        esp_rows = []
        for child, u in self.children:
            for sender, receiver in (("ue", "ha"), ("ha", "ue")):
                e, a = child.keys[sender]
                pair = [str(u.access.address), str(u.ha)][:: 1 if sender == "ue" else -1]
                esp_rows.append(f'"IPv{u.ha.version}","{pair[0]}","{pair[1]}","0x{child.spi[receiver]:08x}","{WS_ESP[child.suite.encr]}","0x{e.hex()}","{WS_ESP_MAC[child.suite.integ if not ENCR[child.suite.encr].icv else "none"]}","0x{a.hex()}"')  # fmt: skip  # noqa: E501
        return {"esp_sa": "\n".join(esp_rows) + "\n"}

    def _xfrm(self) -> dict[str, str]:
        out = []
        for child, u in self.children:
            encr = ENCR[child.suite.encr]
            for sender, receiver in (("ue", "ha"), ("ha", "ue")):
                e, a = child.keys[sender]
                pair = [str(u.hoa), str(u.ha6)][:: 1 if sender == "ue" else -1]
                out += [
                    f"src {pair[0]} dst {pair[1]}",
                    f"\tproto esp spi 0x{child.spi[receiver]:08x} reqid 1 mode transport",
                ]
                out.append("\treplay-window 32 " + ("flag esn" if child.suite.esn else ""))
                if encr.icv:
                    out.append(f"\taead {XFRM[child.suite.encr]} 0x{e.hex()} {8 * encr.icv}")
                else:
                    kind, bits = XFRM_MAC[child.suite.integ]
                    out += [f"\tauth-trunc {kind} 0x{a.hex()} {bits}", f"\tenc {XFRM[child.suite.encr]} 0x{e.hex()}"]
                out.append(
                    f"\tsel src {pair[0]}/128 dst {pair[1]}/128 proto mobility-header type {5 if sender == 'ue' else 6}"
                )
        return {"xfrm.txt": "\n".join(out) + "\n", **self._ike_table()}

    def _charon(self) -> dict[str, str]:
        """As the log of a daemon of the UE: SK dumps per IKE SA, key dumps per CHILD SA."""
        lines: list[str] = []
        for n, (sa, _) in enumerate(self.ikes, 1):
            for name, label in (("d", "Sk_d"), ("ai", "Sk_ai"), ("ar", "Sk_ar"), ("ei", "Sk_ei"), ("er", "Sk_er"), ("pi", "Sk_pi"), ("pr", "Sk_pr")):  # fmt: skip  # noqa: E501
                if sa.keys[name]:
                    lines += dump(f"{n:02d}[IKE] ", f"{label} secret", sa.keys[name])
        return {"charon.log": "\n".join(lines) + "\n"}


def dump(head: str, name: str, data: bytes) -> list[str]:
    out = [f"{head}{name} => {len(data)} bytes @ 0x7f00dead0010"]
    for i in range(0, len(data), 16):
        part = data[i : i + 16]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in part)
        out.append(f"{head}{i:4d}: {' '.join(f'{b:02X}' for b in part):<47}  {text}")
    return out


def access6(n: int = 0x77) -> Access:
    return Access(addr(f"2001:db8:{n:x}::99"))


def access4(n: int = 20) -> Access:
    return Access(addr(f"198.51.100.{n}"))


def behind_nat(n: int = 20, public: int = 5) -> Access:
    return Access(addr(f"192.168.7.{n}"), addr(f"203.0.113.{public}"))


def ue(access: Access, habits: Habits | None = None, n: int = 1, **changes: Any) -> Ue:
    prefix = addr(f"2001:db8:1:{n:x}::")
    u = Ue(
        access,
        habits or Habits(),
        prefix,
        0x3C5A_91FF_0017_0000 + 0x1D3 * n,
        addr("2001:db8:ffff::1"),
        addr("192.0.2.1"),
    )
    for key, value in changes.items():
        setattr(u, key, value)
    return u


def tunnelled(src: Ip, dst: Ip, inner: bytes) -> bytes:
    return ip(src, dst, 4 if inner[0] >> 4 == 4 else 41, inner)


def u32(value: int) -> bytes:
    return struct.pack("!I", value)
