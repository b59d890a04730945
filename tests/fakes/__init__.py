"""Implementations of the ports for tests, held to the same contracts as the real ones."""
