"""Faults in the discovery of the HA: clause 5.1.2.1.5."""

from __future__ import annotations

from functools import partial

from samples.courses import BOTH_FAMILIES, HOME_AGENT_NAME, OTHER_HA, discovered
from samples.generator.knobs import HOME_AGENT, HOME_AGENT_IPV4
from samples.planted.catalogue import plant

ADDRESSES, NAME = "dsmip-discovery-addresses", "dsmip-discovery-fqdn"
BY_NAME = partial(discovered, agents=(HOME_AGENT_NAME,))

DISCOVERY = (
    plant(
        *("UE-5.1.2.1.5-01", "no home network is named", ADDRESSES, "DHCPv6 request"),
        # Not -02, which is about the name that is given.
        course=partial(discovered, apn=None),
    ),
    plant(
        *("UE-5.1.2.1.5-02", "another APN's home network is named", ADDRESSES, "DHCPv6 request"),
        course=partial(discovered, apn="ims"),
    ),
    plant(
        *("NET-5.1.2.1.5-03", "neither an address nor a name in the reply", ADDRESSES, "DHCPv6 reply"),
        # Not -07: discovery produced nothing that the UE could have kept to.
        course=partial(discovered, agents=()),
    ),
    plant(
        *("UE-5.1.2.1.5-04", "the name is not looked up", NAME, "DHCPv6 reply", "IKE_SA_INIT request"),
        # Not -07: which addresses the name stands for does not show.
        course=BY_NAME,
    ),
    plant(
        *("UE-5.1.2.1.5-05", "only AAAA is looked up", NAME, "28 query", "DHCPv6 reply"),
        course=partial(BY_NAME, lookups=BOTH_FAMILIES[:1]),
    ),
    plant(
        *("NET-5.1.2.1.5-06", "two AAAA records of one HA", NAME, "28 answer", "1 answer"),
        course=partial(BY_NAME, lookups=((HOME_AGENT_NAME, HOME_AGENT, 2), (HOME_AGENT_NAME, HOME_AGENT_IPV4, 1))),
    ),
    plant(
        *("UE-5.1.2.1.5-07", "IKEv2 with another HA than the one that was found", ADDRESSES, "IKE_SA_INIT request"),
        course=partial(discovered, agents=(OTHER_HA,)),
    ),
)
