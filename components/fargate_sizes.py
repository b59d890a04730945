"""Pure: the pairs of CPU and memory that Fargate sells."""

from collections.abc import Sequence

_GIB = 1024

MEMORY_MIB_OF_CPU: dict[int, Sequence[int]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: range(1 * _GIB, 4 * _GIB + 1, _GIB),
    1024: range(2 * _GIB, 8 * _GIB + 1, _GIB),
    2048: range(4 * _GIB, 16 * _GIB + 1, _GIB),
    4096: range(8 * _GIB, 30 * _GIB + 1, _GIB),
    8192: range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB),
    16384: range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB),
}
"""CPU units (1024 are one vCPU) and the memory sizes that go with them."""


def describe_memory(cpu: int) -> str:
    """Say which memory sizes go with a CPU size."""
    sizes = MEMORY_MIB_OF_CPU[cpu]
    if isinstance(sizes, range):
        return f"{sizes.start} to {sizes[-1]} in steps of {sizes.step}"
    return ", ".join(str(size) for size in sizes)
