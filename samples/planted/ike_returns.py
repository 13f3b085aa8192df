"""Courses of faults in which the UE attaches twice, or two UEs do."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

from samples.courses import QUIET, TARGET, attached, left, used
from samples.generator.attach import Attach
from samples.generator.codes import Notice
from samples.generator.ike_edits import one_after_the_other, without_notice
from samples.generator.knobs import with_added
from samples.generator.milenage import Subscription
from samples.generator.mobile import Mobile
from samples.generator.payloads import pdn_identifier
from samples.planted.ike_courses import looked_around

OTHER_PREFIX = IPv6Network("2001:db8:1:77::/64")
OTHER_ACCESS = IPv6Address("2001:db8:78::99")
INSIDE_HOME_PREFIX = IPv6Address("2001:db8:1:2::77")
SECOND = "second "
"""Before the marks of another attach in the same capture."""


# Redirects


def redirected(attach: Attach, *, leaves: bool = True, forgets: bool = False, tells: bool = True) -> None:
    """The UE follows a redirect. ``forgets`` its pseudonym; ``tells`` who redirected."""
    redirector = attach.wire.network.ha
    looked_around(attach)
    attach.init()
    attach.authenticate()
    if leaves:
        attach.leave()
    second = attach.follow_redirect(TARGET)
    if forgets:
        second = Attach(
            attach.ue.knobs, TARGET, attach.ue.suite, attach.wire, f"{attach.seed}/redirected", attach.tables
        )
    second.label = SECOND
    second.init(redirector if tells else None)
    second.authenticate()
    second.protect_mobility()
    Mobile(second).begin()
    attach.wire.idle(6)
    second.leave()
    attach.wire.idle(QUIET)


# A second attach of the same UE, or of another one


def attached_again(
    attach: Attach,
    *,
    prefix: IPv6Network,
    names: IPv6Network | None = None,
    anew: bool = False,
    deleted: bool = False,
    address: IPv6Address = OTHER_ACCESS,
) -> None:
    """The UE comes back from another access while its first PDN connection lives, and is given ``prefix``.

    ``names`` is the prefix in its PDN Identifier; ``anew``: INITIAL_CONTACT, it knows of nothing before; ``deleted``:
    the first IKE SA was deleted before.
    """
    mobile = attached(attach)
    mobile.begin()
    attach.ping(1)
    attach.wire.idle(3)
    if deleted:
        attach.leave()
        attach.wire.idle(4)
    wire, first_access = attach.wire, attach.wire.network
    wire.network = replace(first_access, ue=address, ue_mac=bytes.fromhex("020000000012"))
    edits = [] if anew else [without_notice(Notice.INITIAL_CONTACT)]
    edits += [with_added(pdn_identifier(names))] if names else []
    ue = replace(attach.ue.knobs, edits={"IKE_AUTH 1": one_after_the_other(*edits)}, signals={})
    ha = replace(attach.ha.knobs, home_prefix=prefix, sqn=0x60)
    second = Attach(ue, ha, attach.ue.suite, wire, f"{attach.seed}/again", attach.tables)
    second.label = SECOND
    looked_around(second)
    second.init()
    second.authenticate()
    second.leave()
    wire.network = first_access
    if not deleted:
        wire.wait(1)
        left(mobile)
    wire.idle(QUIET)


def two_ues(attach: Attach, *, prefix: IPv6Network) -> None:
    """Another UE is given ``prefix`` while the first one has its own."""
    mobile = attached(attach)
    mobile.begin()
    used(mobile, "data", 1)
    wire, first_access = attach.wire, attach.wire.network
    wire.network = replace(first_access, ue=IPv6Address("2001:db8:77::a1"), ue_mac=bytes.fromhex("020000000012"))
    other = Subscription("001010123456790", bytes(range(16)), bytes(range(16, 32)))
    ue, ha = replace(attach.ue.knobs, subscription=other), replace(attach.ha.knobs, home_prefix=prefix)
    second = Attach(ue, ha, attach.ue.suite, wire, f"{attach.seed}/second", attach.tables)
    second.label = SECOND
    looked_around(second)
    second.init()
    second.authenticate()
    second.leave()
    wire.network = first_access
    left(mobile)


def named_again(attach: Attach) -> None:
    """Nothing wrong: the UE names the PDN connection that it has, and is given its prefix."""
    prefix = attach.ha.knobs.home_prefix
    attached_again(attach, prefix=prefix, names=prefix)


def over_its_own_connection(attach: Attach) -> None:
    """Nothing wrong: IKEv2 from an address of the PDN connection, begun anew, is given the prefix of that."""
    attached_again(attach, prefix=attach.ha.knobs.home_prefix, anew=True, address=INSIDE_HOME_PREFIX)


def still_registered(attach: Attach) -> None:
    """Nothing wrong: the IKE SA was deleted, the binding lives, and the next IKE SA is given the same prefix."""
    prefix = attach.ha.knobs.home_prefix
    attached_again(attach, prefix=prefix, names=prefix, deleted=True)
