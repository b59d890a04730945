"""The runtime agent."""
