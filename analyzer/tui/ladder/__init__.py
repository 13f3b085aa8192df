"""The ladder of a session: what goes between its nodes, as data, as text and as a picture. Nothing here is a widget."""
