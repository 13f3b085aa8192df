"""Courses that only faults in IKEv2 and ESP take."""

from __future__ import annotations

from samples.courses import QUIET, attached, left
from samples.generator.attach import Attach
from samples.generator.codes import IPPROTO_IPV6, AuthMethod, Exchange, Notice
from samples.generator.frames import echo
from samples.generator.knobs import HaKnobs, UeKnobs
from samples.generator.mobile import Mobile
from samples.generator.network import Network
from samples.generator.payloads import authentication, notify


def looked_around(attach: Attach) -> None:
    """The router tells that this is not the home link."""
    attach.wire.router_advertisement()
    attach.wire.wait(0.4)


def never_authenticated(attach: Attach) -> None:
    """The HA accepts, and the UE says no more."""
    looked_around(attach)
    attach.init()
    attach.wire.idle(QUIET)


def authenticated_only(attach: Attach) -> None:
    """IKE_AUTH to its end, and the UE leaves at once."""
    looked_around(attach)
    attach.init()
    attach.authenticate()
    attach.leave()
    attach.wire.idle(QUIET)


def given_up(attach: Attach) -> None:
    """IKE_AUTH to its end, whatever that is; then nothing."""
    looked_around(attach)
    attach.init()
    attach.authenticate()
    attach.wire.idle(QUIET)


def without_eap(attach: Attach) -> None:
    """The HA answers the first IKE_AUTH request, and the UE cannot go on."""
    looked_around(attach)
    attach.init()
    first = attach.ue.identify(attach.ue.offer_child(first=True))
    attach.trade("IKE_AUTH 1", Exchange.IKE_AUTH, first, attach.ha.identify())
    attach.wire.idle(QUIET)


def by_shared_key(attach: Attach) -> None:
    """The UE brings an AUTH of its own, and the HA lets it in without EAP."""
    ue, ha = attach.ue, attach.ha
    looked_around(attach)
    attach.init()
    ours, theirs = ue.offer_child(first=True), ha.offer_child(first=True)
    proof = authentication(AuthMethod.SHARED_KEY, ue.rng.randbytes(32))
    response = [*ha.identify(), *ha.granted(theirs)]
    attach.trade("IKE_AUTH 1", Exchange.IKE_AUTH, [*ue.identify(ours), proof], response)
    attach.open_tunnel(ours, theirs)
    attach.protect_mobility()
    mobile = Mobile(attach)
    mobile.begin()
    attach.wire.idle(3)
    left(mobile)


def asked_in_vain(attach: Attach, *, leaves: bool) -> None:
    """The HA asks whether the UE is alive, or the UE deletes the IKE SA: asked three times, never answered."""
    mobile = attached(attach)
    mobile.begin()
    attach.wire.idle(3)
    if leaves:
        mobile.deregister()
        attach.wire.wait(0.5)
        _, messages = attach.ask("leave", Exchange.INFORMATIONAL, attach.ue.leave())
    else:
        _, messages = attach.ask("probe", Exchange.INFORMATIONAL, [], by_ue=False)
    for pause in (2, 4):
        attach.wire.wait(pause)
        attach.wire.ike(messages, to_ue=not leaves, port=attach.wire.ports[1])
    attach.wire.idle(QUIET)


def never_accepted(attach: Attach) -> None:
    """IKE_SA_INIT, three times, and no answer."""
    looked_around(attach)
    request = attach.ue.init_request()
    attach.wire.mark("IKE_SA_INIT request")
    for pause in (2, 4, 0):
        attach.wire.ike([request.octets], to_ue=False, port=attach.wire.ports[0])
        attach.wire.wait(pause)
    attach.wire.idle(QUIET)


def skipped_a_message_id(attach: Attach) -> None:
    """A request of the UE whose message ID is one too high."""
    mobile = attached(attach)
    mobile.begin()
    attach.wire.idle(3)
    mobile.deregister()
    attach.ue.requests_sent += 1
    attach.leave()
    attach.wire.idle(QUIET)


def asked_again_otherwise(attach: Attach) -> None:
    """The HA sends a request again, and seals it anew instead of repeating it."""
    mobile = attached(attach)
    mobile.begin()
    attach.wire.idle(3)
    attach.ask("probe", Exchange.INFORMATIONAL, [], by_ue=False)
    attach.wire.wait(2)
    attach.ha.requests_sent -= 1
    attach.wire.mark("repeated")
    attach.probe()
    left(mobile)


def used_after_the_end(attach: Attach) -> None:
    """The UE sends through its tunnel SA for long after the DELETE."""
    mobile = attached(attach)
    mobile.begin()
    attach.ping(1)
    mobile.deregister()
    attach.leave()
    attach.wire.wait(5)
    assert attach.tunnel
    late = echo(attach.home_address, attach.ha.knobs.dns6, 9, reply=False)
    attach.wire.mark("late")
    attach.wire.esp(attach.tunnel[0].seal(IPPROTO_IPV6, late), to_ue=False)
    attach.wire.idle(QUIET)


def pinged(attach: Attach, *, repeats: bool = False, wrong: bool = False, default_padding: bool = True) -> None:
    """Echo requests through the tunnel SA; the third one's ESP has a fault."""
    mobile = attached(attach)
    mobile.begin()
    attach.ping(2)
    assert attach.tunnel
    sa, home, server = attach.tunnel[0], attach.home_address, attach.ha.knobs.dns6
    sa.sequence -= 2 if repeats else 0
    sa.default_padding = default_padding
    packet = sa.seal(IPPROTO_IPV6, echo(home, server, 3, reply=False))
    attach.wire.mark("third ping")
    attach.wire.esp(packet[:-1] + bytes([packet[-1] ^ 0xFF]) if wrong else packet, to_ue=False)
    attach.wire.idle(3)
    left(mobile)


def ha_begins(attach: Attach) -> None:
    """The HA of an attached UE asks it for another IKE SA, and is refused."""
    mobile = attached(attach)
    mobile.begin()
    attach.wire.idle(3)
    wire, network = attach.wire, attach.wire.network
    wire.network = Network(network.ha, network.ue, ue_mac=network.router_mac, router_mac=network.ue_mac)
    second = Attach(UeKnobs(), HaKnobs(), attach.ue.suite, wire, f"{attach.seed}/by the HA", attach.tables)
    request = second.ue.init_request()
    wire.mark("IKE_SA_INIT of the HA")
    wire.ike([request.octets], to_ue=False, port=wire.ports[0])
    refusal = second.ha.greet("IKE_SA_INIT", request.spi + bytes(8), [notify(Notice.NO_PROPOSAL_CHOSEN)], response=True)
    wire.answer_time(to_ue=False)
    wire.ike([refusal.octets], to_ue=True, port=wire.ports[0])
    wire.network = network
    left(mobile)
