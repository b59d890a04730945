"""Pure: port numbers that more than one component must agree on."""

GATEWAY_PORT = 8080
"""The worker's HTTP gateway."""
OLLAMA_PORT = 11434
"""Ollama beside the worker, inside the task only."""
HTTPS_PORT = 443
BALANCER_PORT = 80
"""The balancer's listener, within the network only."""
