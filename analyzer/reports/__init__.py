"""One writer per format; all read :class:`analyzer.results.Results`."""
