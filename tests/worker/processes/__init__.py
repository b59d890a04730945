"""Workers as real processes, killed and drained."""
