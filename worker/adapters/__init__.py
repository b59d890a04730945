"""Implementations of the ports on AWS and on this machine; named by worker.wiring alone."""
