"""One behavioural spec per port, run on the fake and on the real thing."""
