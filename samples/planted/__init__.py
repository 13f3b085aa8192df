"""The catalogue of planted faults: for each requirement that can be broken, one scenario that breaks it.

``PLANTED["UE-5.1.2.4-14"].write(folder)`` makes capture, keys and profile, and tells the frames to blame.
"""

from __future__ import annotations

from samples.planted.answers import ANSWERS
from samples.planted.base import BASE
from samples.planted.catalogue import Planted
from samples.planted.discovery import DISCOVERY
from samples.planted.flow_mobility import FLOW_MOBILITY
from samples.planted.ike_base import IKE_BASE
from samples.planted.ike_ha import IKE_HA
from samples.planted.ike_ue import IKE_UE
from samples.planted.reactions import REACTIONS
from samples.planted.updates import UPDATES

EVERY = (
    *(*UPDATES, *REACTIONS, *ANSWERS, *FLOW_MOBILITY, *BASE, *DISCOVERY),
    *(*IKE_UE, *IKE_HA, *IKE_BASE),
)
PLANTED: dict[str, Planted] = {planted.rule: planted for planted in EVERY}
"""By the requirement that it breaks."""
