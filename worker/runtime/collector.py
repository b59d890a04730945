"""What a worker tells Python's garbage collector."""

import gc


def set_apart_what_is_loaded() -> None:
    """Leave all that is loaded by now out of every later collection: it lives as long as the process.

    The models of the AWS clients are hundreds of thousands of objects that a full collection would walk through; each walk
    holds up every job of the worker for tens of milliseconds, and finds nothing.
    """
    gc.collect()
    gc.freeze()
