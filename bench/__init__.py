"""Side-by-side timings; ratios of one run, never bare seconds."""
