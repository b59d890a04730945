"""The filter program, the self-test's judgement and the users, without starting anything."""

import json
import os
import struct
from pathlib import Path

import pytest

from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import SandboxEnd, SandboxOutcome
from worker.sandboxes.probe import judge_probe
from worker.sandboxes.seccomp import MACHINES, build_filter
from worker.sandboxes.slots import FIRST_USER_ID, Slots
from worker.sandboxes.work_folder import open_base, remove_folders_of

ALLOW, KILL, EPERM, ENOSYS, EACCES = 0x7FFF0000, 0x80000000, 0x50001, 0x50026, 0x5000D
X86, ARM, I386 = 0xC000003E, 0xC00000B7, 0x40000003


def answer(machine: str, *, architecture: int, number: int, first_argument: int = 0) -> int:
    """Run the filter as the kernel would."""
    data = struct.pack("=iIQ6Q", number, architecture, 0, first_argument, 0, 0, 0, 0, 0)
    program = [struct.unpack("=HBBI", part) for part in _chunks(build_filter(machine))]
    accumulator = place = 0
    while True:
        code, if_true, if_false, value = program[place]
        place += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            accumulator = struct.unpack_from("=I", data, value)[0]
            continue
        holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[
            code
        ]
        place += if_true if holds else if_false


def _chunks(program: bytes) -> list[bytes]:
    return [program[start : start + 8] for start in range(0, len(program), 8)]


@pytest.mark.parametrize(
    ("machine", "architecture", "socket", "ptrace", "read", "clone"),
    [("x86_64", X86, 41, 101, 0, 56), ("aarch64", ARM, 198, 117, 63, 220)],
)
def test_the_filter_refuses_sockets_tracing_and_namespaces_and_nothing_else(
    machine: str, architecture: int, socket: int, ptrace: int, read: int, clone: int
) -> None:
    def asked(number: int, first_argument: int = 0) -> int:
        return answer(machine, architecture=architecture, number=number, first_argument=first_argument)

    assert asked(socket) == EACCES
    assert asked(ptrace) == EPERM
    assert asked(read) == ALLOW
    assert asked(435) == ENOSYS
    assert asked(clone, 0x00010000) == ALLOW
    assert asked(clone, 0x10000000) == EPERM


def test_another_instruction_set_is_no_way_round_the_filter() -> None:
    assert answer("x86_64", architecture=I386, number=0) == KILL
    assert answer("x86_64", architecture=X86, number=0x40000000 + 41) == KILL


def test_a_filter_exists_for_both_kinds_of_fargate_task() -> None:
    assert {"x86_64", "aarch64"} == MACHINES


def outcome(reached: dict[str, bool], exit_code: int = 0) -> SandboxOutcome:
    return SandboxOutcome(
        end=SandboxEnd.EXITED, exit_code=exit_code, stdout=json.dumps(reached), stderr="boom", seconds=0.1
    )


def test_the_self_test_names_what_got_through() -> None:
    reached = {"network": True, "root": False, "files outside": False, "variables": True}
    with pytest.raises(SandboxUnavailable, match="let through network, variables"):
        judge_probe(outcome(reached), ("seccomp", "uid", "landlock"))


def test_the_self_test_asks_only_for_the_layers_that_are_there() -> None:
    judge_probe(outcome({"network": False, "root": True, "files outside": True}), ("seccomp",))


def test_a_self_test_that_does_not_run_is_a_failure() -> None:
    with pytest.raises(SandboxUnavailable, match="did not run"):
        judge_probe(outcome({}, exit_code=1), ())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
async def test_two_workers_on_a_host_never_share_a_user(tmp_path: Path) -> None:
    first, second = Slots(tmp_path), Slots(tmp_path)
    mine, theirs = await first.take(), await second.take()
    assert mine.user_id != theirs.user_id
    first.give_back(mine)
    assert (await first.take()).user_id == mine.user_id
    first.close()
    second.give_back(theirs)
    second.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_what_a_killed_worker_s_run_left_is_removed(tmp_path: Path) -> None:
    for name, user_id in (("run-left", FIRST_USER_ID), ("run-other", FIRST_USER_ID + 5)):
        (tmp_path / name).mkdir()
        os.chown(tmp_path / name, user_id, user_id)
    remove_folders_of(FIRST_USER_ID, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run-other"]


def test_a_base_folder_that_others_may_write_is_refused(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    base.chmod(0o777)
    with pytest.raises(SandboxUnavailable, match="not a folder of ours alone"):
        open_base(base)
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    with pytest.raises(SandboxUnavailable, match="not a folder of ours alone"):
        open_base(link)
