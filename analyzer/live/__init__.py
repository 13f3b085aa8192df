"""Live capture without a screen: a child captures, its files are read as they grow, a run judges as they come."""
