"""Languages: how each is parsed, explored, run, covered and mutated."""
