"""One family: what runs the workers. Every member takes the same inputs and gives the same outputs."""
