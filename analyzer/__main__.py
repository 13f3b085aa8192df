"""``python -m analyzer`` is ``dsmip``."""

from analyzer.cli import main

main()
