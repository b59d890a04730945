"""Tests of the rights that the embedded AWS judges."""
