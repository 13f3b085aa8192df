"""An attach as two endpoints talk it through, and the course it takes: each step once, under the name that edits use.

Steps: ``IKE_SA_INIT``, ``IKE_AUTH 1``, ``IKE_AUTH identity``, ``IKE_AUTH challenge``, ``IKE_AUTH last``,
``CREATE_CHILD_SA``, ``probe``, ``leave``. UE edits change the UE's message of a step, HA edits the HA's.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv6Address

from samples.generator.codes import IPPROTO_IPV6, Exchange
from samples.generator.endpoint import ChildOffer, Endpoint
from samples.generator.esp import EspSa
from samples.generator.frames import echo
from samples.generator.ha import Ha
from samples.generator.knobs import HaKnobs, UeKnobs
from samples.generator.network import Wire
from samples.generator.payloads import Address, Payload, eap
from samples.generator.suites import Suite
from samples.generator.tables import KeyTables
from samples.generator.ue import Ue

EspPair = tuple[EspSa, EspSa]
"""The UE's outbound SA, and the HA's."""


class Attach:
    """A UE and a HA on one wire. ``seed`` decides every random byte of both."""

    def __init__(
        self, ue: UeKnobs, ha: HaKnobs, suite: Suite, wire: Wire, seed: str, tables: KeyTables | None = None
    ) -> None:
        self.wire, self.seed = wire, seed
        self.label = ""  # before the steps as the wire's marks name them, where there are several attaches
        self.tables = tables or KeyTables()
        self.ue = Ue(ue, wire.network, suite, random.Random(f"{seed}/ue"))
        self.ha = Ha(ha, ue, wire.network, suite, random.Random(f"{seed}/ha"))
        self.tunnel: EspPair | None = None
        self.mobility: EspPair | None = None

    @property
    def home_address(self) -> IPv6Address:
        return self.ue.knobs.home_address or self.ha.knobs.home_address

    def init(self, redirector: Address | None = None) -> None:
        """IKE_SA_INIT. Both ends compute the keys for themselves, and must agree."""
        port, _ = self.wire.ports
        request = self.ue.init_request(redirector)
        self._mark("IKE_SA_INIT request")
        self.wire.ike([request.octets], to_ue=False, port=port)
        response = self.ha.init_response(request)
        self.wire.answer_time(to_ue=True)
        self._mark("IKE_SA_INIT response")
        self.wire.ike([response.octets], to_ue=True, port=port)
        self.ue.meet(response)
        self.ha.meet(request)
        assert self.ue.keys
        assert self.ue.keys == self.ha.keys
        self.tables.add_ike_sa(self.ue.suite, self.ue.spis, self.ue.keys)
        self.ue.requests_sent = 1

    def trade(
        self,
        step: str,
        exchange: Exchange,
        request: Sequence[Payload],
        response: Sequence[Payload],
        *,
        by_ue: bool = True,
    ) -> None:
        """A protected request and its response."""
        message_id, _ = self.ask(step, exchange, request, by_ue=by_ue)
        answerer: Endpoint = self.ha if by_ue else self.ue
        self.wire.answer_time(to_ue=by_ue)
        messages = answerer.sealed(step, exchange, message_id, response, response=True)
        self._mark(f"{step} response")
        self.wire.ike(messages, to_ue=by_ue, port=self.wire.ports[1])

    def ask(
        self, step: str, exchange: Exchange, request: Sequence[Payload], *, by_ue: bool = True
    ) -> tuple[int, list[bytes]]:
        """A protected request, whatever becomes of it: its message ID, and its messages."""
        asker: Endpoint = self.ue if by_ue else self.ha
        message_id, asker.requests_sent = asker.requests_sent, asker.requests_sent + 1
        self.wire.answer_time(to_ue=not by_ue)
        messages = asker.sealed(step, exchange, message_id, request, response=False)
        self._mark(f"{step} request")
        self.wire.ike(messages, to_ue=not by_ue, port=self.wire.ports[1])
        return message_id, messages

    def _mark(self, step: str) -> None:
        self.wire.mark(self.label + step)

    def authenticate(self) -> None:
        """IKE_AUTH, from the first request to the CHILD SA (or the redirect)."""
        ours, theirs = self.ue.offer_child(first=True), self.ha.offer_child(first=True)
        self.prove_by_aka(ours)
        self.trade("IKE_AUTH last", Exchange.IKE_AUTH, self.ue.conclude(), self.ha.conclude(theirs))
        if not self.ha.knobs.redirects_to:
            self.open_tunnel(ours, theirs)

    def prove_by_aka(self, ours: ChildOffer) -> None:
        """IKE_AUTH from the first request to EAP-Success."""
        first = self.ue.identify(ours)
        if self.ha.knobs.asks_identity:
            request = self.ha.ask_identity(1)
            self.trade("IKE_AUTH 1", Exchange.IKE_AUTH, first, [*self.ha.identify(), eap(request)])
            answer = self.ue.answer_identity(1, request)
            # The server covers the UE's packet with AT_CHECKCODE as the UE does.
            self.ha.aka.note_identity(answer[0].body)
            vector, challenge = self.ha.challenge(2)
            self.trade("IKE_AUTH identity", Exchange.IKE_AUTH, answer, [eap(challenge)])
        else:
            vector, challenge = self.ha.challenge(2)
            self.trade("IKE_AUTH 1", Exchange.IKE_AUTH, first, [*self.ha.identify(), eap(challenge)])
        proof = self.ue.answer_challenge(2, vector)
        assert self.ue.aka.keys == self.ha.aka.keys
        self.trade("IKE_AUTH challenge", Exchange.IKE_AUTH, proof, self.ha.succeed(2))

    def open_tunnel(self, ours: ChildOffer, theirs: ChildOffer) -> None:
        """The CHILD SA that IKE_AUTH makes."""
        self.tunnel = self.child(ours, theirs)
        self.note_keys(self.tunnel, on_the_wire=True)

    def child(self, ours: ChildOffer, theirs: ChildOffer, secrets: tuple[bytes, bytes] = (b"", b"")) -> EspPair:
        """A CHILD SA that the UE asked for; ``secrets`` is g^ir as each end has it, for forward secrecy."""
        keys = self.ue.child_keys(ours, theirs, secrets[0])
        assert keys == self.ha.child_keys(ours, theirs, secrets[1])
        return self.ue.outbound(keys, theirs, began=True), self.ha.outbound(keys, ours, began=False)

    def note_keys(self, pair: EspPair, *, on_the_wire: bool) -> None:
        """Into the key tables, with the addresses of the wire or with any."""
        network = self.wire.network
        ends = (network.ue, network.ha) if on_the_wire else (None, None)
        family = network.ue.version if on_the_wire else 6
        self.tables.add_esp_sa(pair[0], *ends, family=family)
        self.tables.add_esp_sa(pair[1], *ends[::-1], family=family)

    def protect_mobility(self, home: IPv6Address | None = None) -> None:
        """CREATE_CHILD_SA: the SA for Binding Updates and Acknowledgements, of the Home Address if none is named."""
        ours, theirs = self.ue.offer_child(first=False), self.ha.offer_child(first=False)
        addresses = home or self.home_address, self.ha.knobs.address
        request = self.ue.request_mobility_sa(ours, *addresses)
        response = self.ha.accept_mobility_sa(theirs, *addresses)
        self.trade("CREATE_CHILD_SA", Exchange.CREATE_CHILD_SA, request, response)
        self.mobility = self.child(ours, theirs)
        self.note_keys(self.mobility, on_the_wire=False)

    def ping(self, count: int) -> None:
        """Echo requests through the tunnel SA to the DNS server of the home network, and replies."""
        assert self.tunnel
        outbound, inbound = self.tunnel
        server = self.ha.knobs.dns6
        for number in range(1, count + 1):
            request = echo(self.home_address, server, number, reply=False)
            self.wire.esp(outbound.seal(IPPROTO_IPV6, request), to_ue=False)
            self.wire.answer_time(to_ue=True)
            reply = echo(server, self.home_address, number, reply=True)
            self.wire.esp(inbound.seal(IPPROTO_IPV6, reply), to_ue=True)
            self.wire.wait(0.9 + self.wire.rng.random() / 5)

    def follow(self) -> None:
        """After a move the UE shows the HA where the IKE SA is now: RFC 5555 section 5.1, for K = 1."""
        self.trade("follow", Exchange.INFORMATIONAL, [], [])

    def probe(self) -> None:
        """The HA asks whether the UE is alive: an empty INFORMATIONAL exchange."""
        self.trade("probe", Exchange.INFORMATIONAL, [], [], by_ue=False)

    def leave(self) -> None:
        """The UE deletes the IKE SA."""
        self.trade("leave", Exchange.INFORMATIONAL, self.ue.leave(), [])

    def follow_redirect(self, target: HaKnobs) -> Attach:
        """The attach at the HA that the redirect named, still without a message; ``init`` takes the redirector."""
        address = self.ha.knobs.redirects_to
        assert address
        self.wire.network = replace(self.wire.network, ha=address)
        # A UE that has a pseudonym uses it (UE-5.1.2.2-07).
        ue = replace(self.ue.knobs, uses_pseudonym=self.ha.knobs.gives_pseudonym)
        return Attach(ue, target, self.ue.suite, self.wire, f"{self.seed}/redirected", self.tables)
