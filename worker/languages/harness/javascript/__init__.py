"""Scripts that run inside the sandbox, under Node."""
