"""The terminal UI. Everything that is not drawing (index, rows, loading, state) is headless and has its own tests."""

import os

# Textual draws at most so often, and what misses a moment waits for the next but one: at its own 60 a second a key may
# wait 32 ms for nothing. Read when textual is imported, which nothing does before this package.
os.environ.setdefault("TEXTUAL_FPS", "120")
