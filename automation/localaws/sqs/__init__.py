"""A queue service that keeps its promises under threads: store, redrive, move tasks and the JSON protocol."""
