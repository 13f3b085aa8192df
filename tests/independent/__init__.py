"""An encoder that shares no code with the rest of the project, and the captures that it judges the analyzer by."""
