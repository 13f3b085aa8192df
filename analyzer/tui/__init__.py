"""The terminal UI. Everything that is not drawing (index, rows, loading, state) is headless and has its own tests."""
