"""A screen composes widgets and routes what they say; see :mod:`analyzer.tui.registry` for how one is added."""
