"""Finds or builds the pinned Pulumi CLI, and supplies the Python language host where the official one is absent."""
