"""The vocabulary that the worker shares with the infrastructure and the driver: pure values, no I/O."""
