"""Runs inside the sandbox as the package `ddf_harness`; needs the standard library, and pytest and coverage where tests run."""
