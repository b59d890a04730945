"""Pure: the instance types of `ec2-gpu`, and what of each is left for a task.

One GPU each: a task takes the whole one, so that an instance and a worker are the same thing and scale together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

RESERVED_SHARE = 16
"""A sixteenth of the memory is the system's and the ECS agent's; what is left is what ECS offers to tasks, rounded down."""


@dataclass(frozen=True, kw_only=True)
class GpuInstance:
    """An instance type with one GPU."""

    cpu: int
    """CPU units; 1024 are one vCPU."""
    memory_mib: int
    """Memory of the whole machine."""
    gpu: str
    """Name of the GPU, for messages."""

    @property
    def task_memory_mib(self) -> int:
        """Memory that a task may have."""
        return self.memory_mib - self.memory_mib // RESERVED_SHARE


GPU_INSTANCES: Mapping[str, GpuInstance] = {
    "g4dn.xlarge": GpuInstance(cpu=4096, memory_mib=16_384, gpu="T4, 16 GB"),
    "g4dn.2xlarge": GpuInstance(cpu=8192, memory_mib=32_768, gpu="T4, 16 GB"),
    "g5.xlarge": GpuInstance(cpu=4096, memory_mib=16_384, gpu="A10G, 24 GB"),
    "g5.2xlarge": GpuInstance(cpu=8192, memory_mib=32_768, gpu="A10G, 24 GB"),
    "g6.xlarge": GpuInstance(cpu=4096, memory_mib=16_384, gpu="L4, 24 GB"),
    "g6.2xlarge": GpuInstance(cpu=8192, memory_mib=32_768, gpu="L4, 24 GB"),
}
"""All x86_64: the list of ECS's GPU images has none for ARM that we could name for certain."""
