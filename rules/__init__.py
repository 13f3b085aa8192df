"""Messages to verdicts: knows no byte and no screen."""
