"""Capture files into chunks: pcap and pcapng, plain or compressed, from paths or a pipe, merged by time."""

from analyzer.capture.chunk import Chunk
from analyzer.capture.facts import Block, CaptureError, CaptureWarning, Interface, Secret
from analyzer.capture.source import CaptureSource

__all__ = ["Block", "CaptureError", "CaptureSource", "CaptureWarning", "Chunk", "Interface", "Secret"]
