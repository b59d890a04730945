"""GitHub on this machine: bare repositories, and a server that holds every request and answer against the published description."""
