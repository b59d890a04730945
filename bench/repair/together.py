"""Tasks of several faults: tasks that stand beside each other in a set, as one module with one file of tests."""

from collections.abc import Callable, Iterator, Sequence

from bench.repair.tasks import RepairTask


def joined(
    tasks: Sequence[RepairTask], count: int, join: Callable[[Sequence[RepairTask]], RepairTask]
) -> Iterator[RepairTask]:
    """Join so many each time; a rest of fewer is left out."""
    for start in range(0, len(tasks) - count + 1, count):
        yield join(tasks[start : start + count])


def name_of(tasks: Sequence[RepairTask]) -> str:
    """Name them all."""
    return "+".join(
        task.name if place == 0 else task.name.rpartition("/")[2] for place, task in enumerate(tasks)
    )
