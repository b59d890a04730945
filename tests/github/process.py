"""The mock GitHub in a process of its own: prints its address, answers each line of its input by what it holds, lives until its input ends.

python -m tests.github.process FOLDER_OF_REPOSITORIES PUBLIC_KEY_FILE OWNER/NAME…
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.github.remotes import LocalRemotes
from tests.github.server import GithubServer
from tests.github.world import GithubWorld


async def serve(folder: str, public_key: str, *names: str) -> None:
    world = GithubWorld(remotes=LocalRemotes(Path(folder)), now=datetime.now(UTC))
    for name in names:
        world.add(name).ran(
            31, 310, "test (3.12)", "2026-01-02T03:04:05.1Z ##[error]Process completed with exit code 1.\n"
        )
    server = GithubServer(world, public_key=public_key)
    async with server:
        _say(server.url)
        while await asyncio.to_thread(sys.stdin.readline):
            _say(
                json.dumps(
                    {
                        "calls": server.calls,
                        "violations": server.violations,
                        "projects": {
                            name: {
                                "pulls": project.pulls,
                                "comments": project.comments,
                                "runs": project.runs,
                                "annotations": project.annotations,
                            }
                            for name, project in world.projects.items()
                        },
                    }
                )
            )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    place, key_file, *repositories = sys.argv[1:]
    asyncio.run(serve(place, Path(key_file).read_text(), *repositories))
