"""Drives Pulumi: workspace, operations, events, failures, locks, guard."""
