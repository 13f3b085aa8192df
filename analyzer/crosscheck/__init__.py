"""A second opinion from tshark on what was decoded here: exchanges, notifications, Mobility Headers, field by field."""

from analyzer.crosscheck.compare import Difference
from analyzer.crosscheck.run import CrossCheck

__all__ = ["CrossCheck", "Difference"]
