"""The script that lays out test files in the sandbox."""
