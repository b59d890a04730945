"""Work that several tries may do, of which the first that stores it counts: the others take what is there."""

from collections.abc import Callable
from typing import TypeVar

from worker.ports import Artifacts

Kept = TypeVar("Kept")


async def keep_first(
    value: Kept,
    key: str,
    artifacts: Artifacts,
    *,
    encode: Callable[[Kept], bytes],
    decode: Callable[[bytes], Kept | None],
) -> Kept:
    """Store it, unless another try was quicker: then return what that one stored, or the value itself where that can't be read."""
    if await artifacts.put_if_absent(key, encode(value)):
        return value
    return await kept_first(key, artifacts, decode=decode) or value


async def kept_first(
    key: str, artifacts: Artifacts, *, decode: Callable[[bytes], Kept | None]
) -> Kept | None:
    """Return what an earlier try stored; None where there is nothing, or nothing that can be read."""
    content = await artifacts.get(key)
    return None if content is None else decode(content)
