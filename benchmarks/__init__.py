"""Measured ratios, each against a peer in the same run: one module a topic, each with a function `rows`."""
