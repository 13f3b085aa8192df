"""A widget draws one thing from the model and says what was chosen in it; it owns no data."""
