"""Sources, sessions, runs, outputs: what turns captures into verdicts a person can hold."""

__version__ = "0.1.0"
