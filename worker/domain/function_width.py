"""Pure: how many batches of a lane Lambda may run at once."""

LEAST_WIDTH = 2
"""Least `MaximumConcurrency` of an event source mapping that is on."""
UNBOUNDED_WIDTH = 1000
"""One without a bound takes as many as the account may run; this is the most that a bound can be."""
ON_STATES = frozenset({"Enabled", "Enabling", "Creating", "Updating"})
"""States of a mapping that takes messages, or is about to."""
