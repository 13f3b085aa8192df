"""Scenario generator and shipped captures; imports nothing of ours that reads packets."""
