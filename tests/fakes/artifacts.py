"""Stored files in memory."""

from dataclasses import dataclass, field

from worker.domain.errors import StoreUnavailable


@dataclass
class FakeArtifacts:
    files: dict[str, bytes] = field(default_factory=dict)
    is_down: bool = False
    refused_writes: int = 0

    async def put_if_absent(self, key: str, content: bytes) -> bool:
        self._require_up()
        if key in self.files:
            self.refused_writes += 1
            return False
        self.files[key] = content
        return True

    async def put(self, key: str, content: bytes, *, content_type: str) -> None:
        self._require_up()
        self.files[key] = content

    async def get(self, key: str) -> bytes | None:
        self._require_up()
        return self.files.get(key)

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the fake store is down")
