"""Engines: what proposes tests."""
