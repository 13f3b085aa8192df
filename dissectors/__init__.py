"""Bytes to typed messages: pure functions that know no session, no rule and no screen."""
