"""Which frames matter: a class for every frame of a chunk, in bulk with numpy, one by one where frames are odd."""

from dissectors.triage.classes import FrameClass
from dissectors.triage.columns import Flags
from dissectors.triage.scalar import triage_frame
from dissectors.triage.segments import tunnel_segments
from dissectors.triage.vector import Classes, Places, triage

__all__ = ["Classes", "Flags", "FrameClass", "Places", "triage", "triage_frame", "tunnel_segments"]
