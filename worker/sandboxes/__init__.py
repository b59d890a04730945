"""Sandboxes: where code that nobody vouches for is run."""
