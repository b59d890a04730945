"""Protection that notes what it is asked for."""

from dataclasses import dataclass, field


@dataclass
class FakeProtection:
    asked: list[int] = field(default_factory=list)
    """Minutes; 0 where it was given up."""

    @property
    def is_protected(self) -> bool:
        return bool(self.asked and self.asked[-1])

    async def protect(self, *, minutes: int) -> None:
        self.asked.append(minutes)

    async def unprotect(self) -> None:
        self.asked.append(0)
