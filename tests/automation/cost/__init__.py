"""Tests of what the fleet costs."""
