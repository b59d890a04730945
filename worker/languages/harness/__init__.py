"""Harnesses: scripts that run inside the sandbox, sent there as files; nothing of the worker imports them."""
