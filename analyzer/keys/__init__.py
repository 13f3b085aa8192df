"""Key files in whatever form users have them, recognised by content; ``docs/key-files.md`` lists the forms."""

from analyzer.keys.load import KeyFileError, load_keys, recognise

__all__ = ["KeyFileError", "load_keys", "recognise"]
