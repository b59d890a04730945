"""Repositories that are huge, broken or mean: what is sent can be read back, what is not is explained, and nothing blocks."""

import codecs
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from automation.errors import UsageFault
from automation.fleet.gathering import gather
from automation.fleet.reading import Source
from automation.fleet.sources import JobOptions, Plan, SourceChoice, plan_jobs
from automation.fleet.submission import Submission, submit
from tests.automation.fleet.conftest import Stores
from worker.domain.job import MAXIMUM_CODE_BYTES, MAXIMUM_LABEL, Lane, payload_key
from worker.domain.job_codec import decode_job, encode_job, job_id_in

OPTIONS = JobOptions(batch_id="batch-1")
GOOD = "def f(a):\n    return a\n"


def plan_of(*paths: Path | str, span: str | None = None) -> Plan:
    return plan_jobs(SourceChoice(paths=[str(path) for path in paths], span=span), OPTIONS)


def sent(plan: Plan) -> set[str]:
    return {Path(job.path or "").name for job in plan.jobs}


def left_out(plan: Plan) -> Mapping[str, str]:
    return {Path(path.strip("'")).name: why for path, why in plan.skipped.items()}


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good file, and room for bad ones."""
    made = tmp_path / "repository"
    made.mkdir()
    (made / "good.py").write_text(GOOD)
    return made


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Something outside of the folder."""
    made = tmp_path / "secret.py"
    made.write_text("KEY = 'private'\n")
    return made


def many_files(folder: Path, count: int, suffix: str) -> None:
    """Make files cheaply: a file system takes some 65,000 names of one."""
    for number in range(count):
        if number % 20_000 == 0:
            first = folder / f"first{number}{suffix}"
            first.write_text(GOOD)
        os.link(first, folder / f"m{number}{suffix}")


@pytest.mark.slow
def test_a_hundred_thousand_files_are_refused_when_the_limit_is_reached_and_searched_for_the_one_that_is_meant(
    folder: Path,
) -> None:
    for suffix, count in ((".py", 25_000), (".txt", 75_000)):
        (folder / f"many{suffix}").mkdir()
        many_files(folder / f"many{suffix}", count, suffix)
    with pytest.raises(UsageFault, match="more than 20000 source files") as told:
        plan_of(folder)
    assert "--max-jobs" in told.value.next_step
    assert sent(plan_of(folder / "**" / "good.py")) == {"good.py"}
    assert sent(plan_of(folder / "many.txt", folder / "good.py")) == {"good.py"}


def test_more_names_than_fit_into_memory_are_refused(folder: Path) -> None:
    many_files(folder, 11, ".txt")
    for path in (folder, folder / "*.py"):
        with pytest.raises(UsageFault, match="more than 10 files"):
            list(gather([str(path)], most_files=10))


def test_more_code_than_fits_into_memory_is_refused(folder: Path) -> None:
    for number in range(4):
        (folder / f"large{number}.py").write_text("#" * 1_000_000)
    with pytest.raises(UsageFault, match="more than 3 million characters"):
        plan_jobs(SourceChoice(paths=[str(folder)], most_characters=3_000_000), OPTIONS)


def test_a_file_of_a_terabyte_is_explained_and_not_read(folder: Path) -> None:
    with (folder / "huge.py").open("wb") as file:
        file.truncate(1 << 40)
    plan = plan_of(folder)
    assert sent(plan) == {"good.py"}
    assert left_out(plan)["huge.py"] == f"code has {1 << 40} bytes, more than {MAXIMUM_CODE_BYTES}"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)), "not UTF-8"),
        (b"x = 1\x00\n", "NUL"),
        ("x = 'h\u00e9'\n".encode("latin-1"), "not UTF-8 text"),
        ("# -*- coding: latin-1 -*-\nx = 'h\u00e9'\n".encode("latin-1"), "it declares latin-1"),
        ("# -*- coding: latin-1 -*-\nx = 'h\u00e9'\n".encode(), "declares the encoding latin-1"),
        (
            b"#!/usr/bin/python\n# vim: set fileencoding=utf-7 :\nx = '+AGEAYg-'\n",
            "declares the encoding utf-7",
        ),
        (b"# coding: rot13\nk = 1\n", "declares the encoding rot13"),
        (b"# coding: no-such-thing\nx = 1\n", "declares the encoding no-such-thing"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\nx = 1\xc3\xa9\n", "declares the encoding latin-1"),
        (codecs.BOM_UTF16_LE + "x = 1\n".encode("utf-16-le"), "UTF-16"),
        (codecs.BOM_UTF16_BE + "x = 1\n".encode("utf-16-be"), "UTF-16"),
        (codecs.BOM_UTF32_LE + "x = 1\n".encode("utf-32-le"), "UTF-32"),
        ("x = 1\n".encode("utf-16-le"), "NUL"),
        (b"x = '\xed\xa0\x80'\n", "not UTF-8"),  # a surrogate, as no UTF-8 has it
        (b"", "empty"),
        (b" \n\t\n", "empty"),
    ],
)
def test_what_is_no_utf_8_source_is_left_out_with_its_reason(folder: Path, content: bytes, word: str) -> None:
    (folder / "odd.py").write_bytes(content)
    plan = plan_of(folder)
    assert sent(plan) == {"good.py"}
    assert word in left_out(plan)["odd.py"]


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + b"x = 1\n",
        "# coding: utf-8\nx = 'h\u00e9'\n".encode(),
        b"# -*- coding: latin-1 -*-\nx = 1\n",
        b"x = 1\n# coding: latin-1 is spoken of here only\ny = '\xc3\xa9'\n",
        b"x = '''\n# coding: utf-7\n\xc3\xa9'''\n",
        "x = '\ufffe\uffff\U0010ffff'\n".encode(),
        b"x = 1\r\ny = '\x1b[2J\x07'\r\n",
        b"def broken(:\n",
        b"x = " + b"[" * 100_000 + b"]" * 100_000 + b"\n",
    ],
)
def test_what_is_utf_8_source_is_sent_and_reads_back_the_same(folder: Path, content: bytes) -> None:
    (folder / "good.py").write_bytes(content)
    [job] = plan_of(folder).jobs
    assert job.code.encode() == content.removeprefix(codecs.BOM_UTF8)
    assert decode_job(encode_job(job), message_id="m") == job


def test_a_declared_encoding_is_python_s_affair(folder: Path) -> None:
    (folder / "a.js").write_text("# coding: rot13\nlet x = 1;\n")
    assert "a.js" in sent(plan_of(folder))


def test_links_that_lead_out_in_circles_or_nowhere_are_explained_and_not_followed(
    folder: Path, secret: Path
) -> None:
    (folder / "key.py").symlink_to(secret)
    (folder / "up.py").symlink_to(f"../{secret.name}")
    (folder / "self.py").symlink_to("self.py")
    (folder / "ping.py").symlink_to("pong.py")
    (folder / "pong.py").symlink_to("ping.py")
    (folder / "gone.py").symlink_to("nowhere.py")
    (folder / "inner.py").symlink_to("good.py")
    (folder / "circle").symlink_to(folder)
    (folder / "back").symlink_to("..")
    (folder / "folder.py").symlink_to("..")
    plan = plan_of(folder)
    assert sent(plan) == {"good.py", "inner.py"}
    told = left_out(plan)
    assert set(told) == {"key.py", "up.py", "self.py", "ping.py", "pong.py", "gone.py"}
    assert "leads out" in told["key.py"]
    assert "leads out" in told["up.py"]
    assert told["gone.py"] == "no such file"
    assert "private" not in "".join(job.code for job in plan.jobs)


def test_a_glob_goes_through_no_link_either_however_many_circles_there_are(
    folder: Path, secret: Path
) -> None:
    for number in range(8):
        (folder / f"circle{number}").symlink_to(folder)
    (folder / "key.py").symlink_to(secret)
    (folder / "out").symlink_to(secret.parent)
    plan = plan_of(folder / "**" / "*.py")
    assert sent(plan) == {"good.py"}
    assert "leads out" in left_out(plan)["key.py"]
    assert "no source file matches" in fault_of(folder / "out*" / "*.py")


def test_a_link_that_the_user_names_is_followed(folder: Path, secret: Path) -> None:
    (folder / "key.py").symlink_to(secret)
    assert [job.code for job in plan_of(folder / "key.py").jobs] == [secret.read_text()]


@pytest.mark.timeout(30)
def test_fifos_sockets_and_devices_are_explained_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(folder)  # a socket's path is short
        try:
            server.bind("sock.py")
        finally:
            os.chdir(here)
        plan = plan_of(folder)
        assert sent(plan) == {"good.py"}
        assert left_out(plan) == {"pipe.py": "a FIFO, and no file", "sock.py": "a socket, and no file"}
        assert "a FIFO, and no file" in fault_of(folder / "pipe.py")
        assert "a socket, and no file" in fault_of(folder / "sock.py")
    assert "a device, and no file" in fault_of("/dev/zero")


def test_a_file_that_can_not_be_read_is_explained() -> None:
    assert "Input/output error" in fault_of("/proc/self/mem")  # a mode would not keep root out


def test_a_file_that_vanishes_while_others_are_read_is_explained(folder: Path) -> None:
    (folder / "later.py").write_text(GOOD)
    found = gather([str(folder / "good.py"), str(folder / "later.py")])
    assert next(found).text == GOOD
    (folder / "later.py").unlink()
    assert next(found) == Source(path=str(folder / "later.py"), fault="no such file", is_named=True)


def test_a_folder_that_vanishes_while_others_are_read_is_explained(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "later.py").write_text(GOOD)
    found = gather([str(folder)])
    assert next(found).text == GOOD
    (folder / "inner" / "later.py").unlink()
    (folder / "inner").rmdir()
    [gone] = found
    assert (gone.path, gone.fault) == (str(folder / "inner"), "this folder can't be read: no such file")


@pytest.fixture
def abyss(folder: Path) -> Iterator[Path]:
    """A folder that is deeper than Python recurses and than any path is long, with a file half the way down."""
    here = os.open(folder, os.O_RDONLY)
    for depth in range(2_500):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
        if depth == 500:
            with os.fdopen(os.open("deep.js", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:
                file.write("let x = 1;\n")
    os.close(here)
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)  # pytest's own sweep would fall over it


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["", "**/*"])
def test_folders_within_folders_are_walked_as_deep_as_a_path_can_name(abyss: Path, wanted: str) -> None:
    plan = plan_of(abyss / wanted)
    told = [why for why in plan.skipped.values() if "can't be read" in why]
    assert told == ["this folder can't be read: File name too long"]
    assert f"path has {len(str(abyss)) + 1010} characters" in left_out(plan)["deep.js"]
    assert sent(plan) == {"good.py"}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        (b"a\nb.py", "control characters"),
        (b"a\x1b[2J.py", "control characters"),
        (b"\xff.py", "not UTF-8"),
        ("a\u2028b.py".encode(), "control characters"),
    ],
)
def test_a_name_that_could_steer_or_not_be_sent_is_explained_on_one_line(
    folder: Path, name: bytes, word: str
) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(GOOD)
    plan = plan_of(folder)
    assert sent(plan) == {"good.py"}
    [(path, why)] = plan.skipped.items()
    assert path.isprintable()
    assert word in why


@pytest.mark.parametrize("name", ["a b.py", "a'\"$(id);.py", "[].py", "\u65e5\u672c.py", "-rf.py"])
def test_a_name_that_is_only_odd_is_sent_as_it_is(folder: Path, name: str) -> None:
    (folder / name).write_text(GOOD)
    assert sent(plan_of(folder)) == {"good.py", name}


@pytest.mark.parametrize("path", ["x" * 5_000, "d/" * 3_000 + "x.py", "good.py/x.py", "", "[", "**/[!"])
def test_a_path_that_can_not_be_is_a_usage_fault_and_no_crash(folder: Path, path: str) -> None:
    assert fault_of(folder / path if path not in ("", ".") else "missing")
    assert fault_of(path or " ")


def test_an_exclusion_that_is_empty_excludes_nothing(folder: Path) -> None:
    assert plan_jobs(SourceChoice(paths=[str(folder)], exclude=["", "*.js"]), OPTIONS).jobs


def test_of_many_faults_the_first_are_told_and_the_others_counted(folder: Path) -> None:
    for number in range(200):
        (folder / f"e{number}.py").touch()
    told = fault_of(*sorted(folder.glob("e*.py")))
    assert told.count("\n") == 20
    assert told.endswith("… and 180 more")


@pytest.mark.parametrize(
    ("given", "word"),
    [(b"\xff", "not UTF-8"), (b"x" * (MAXIMUM_CODE_BYTES + 1), "more than"), (b"\x00", "NUL")],
)
def test_standard_input_is_bounded_and_explained_too(given: bytes, word: str) -> None:
    options = JobOptions(batch_id="b", language="python")
    with pytest.raises(UsageFault) as told:
        plan_jobs(SourceChoice(paths=["-"], stdin=given), options)
    assert word in told.value.why
    assert len(told.value.why) < 200
    [job] = plan_jobs(SourceChoice(paths=["-"], stdin=GOOD.encode()), options).jobs
    assert job.code == GOOD


@pytest.mark.slow
def test_a_range_is_bounded_and_brings_no_link_and_no_inner_work_tree(
    folder: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(folder, "init", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one")
    (folder / "huge.py").write_bytes(b"#" * 50_000_000)
    (folder / "key.py").symlink_to(secret)
    (folder / "binary.py").write_bytes(b"\xff\xfe\x00")
    (folder / "a\nb.py").write_text(GOOD)
    (folder / "new.py").write_text(GOOD)
    git(folder, "add", ".")
    git(folder, "commit", "-m", "two")
    monkeypatch.chdir(folder)
    plan = plan_of(span="main~1..main")
    assert sent(plan) == {"new.py"}
    assert left_out(plan)["huge.py"] == f"code has more than {MAXIMUM_CODE_BYTES} bytes"
    assert set(left_out(plan)) == {"huge.py", "binary.py", "a\\nb.py"}


@pytest.mark.slow
def test_a_work_tree_that_wants_a_program_run_is_listed_without_it(folder: Path) -> None:
    git(folder, "init")
    program = folder / "spy"
    program.write_text(f"#!/bin/sh\ntouch {folder}/was-run\n")
    program.chmod(0o755)
    git(folder, "config", "core.fsmonitor", str(program))
    assert sent(plan_of(folder)) == {"good.py"}
    assert not (folder / "was-run").exists()
    subprocess.run(["git", "-C", str(folder), "ls-files", "--others"], check=True, capture_output=True)
    assert (folder / "was-run").exists(), "git itself does run it: the test proves something"


@pytest.mark.slow
@pytest.mark.timeout(30)
def test_in_a_work_tree_links_and_fifos_are_no_way_out_either(folder: Path, secret: Path) -> None:
    git(folder, "init")
    (folder / "key.py").symlink_to(secret)
    (folder / "self.py").symlink_to("self.py")
    git(folder, "add", ".")
    (folder / "good.py").unlink()
    os.mkfifo(folder / "good.py")
    (folder / "other.py").write_text(GOOD)
    plan = plan_of(folder)
    assert sent(plan) == {"other.py"}
    assert left_out(plan)["good.py"] == "a FIFO, and no file"
    assert "leads out" in left_out(plan)["key.py"]
    assert "self.py" in left_out(plan)


@pytest.mark.slow
def test_what_is_sent_is_taken_by_queue_store_and_ledger_and_read_back_the_same(
    stores: Stores, folder: Path
) -> None:
    (folder / "nonchars.py").write_text("x = '\ufffe\uffff\U0001ffff \x7f \x85'\n")
    (folder / "large.py").write_text("# \u65e5\n" * 400_000)
    (folder / "deep.py").write_text("x = " + "[" * 100_000 + "]" * 100_000)
    jobs = plan_of(folder).jobs
    submit(stores.access, stores.outputs, Submission(jobs=jobs, label="odd \udcff name"))
    bodies = {}
    sqs, s3 = stores.access.client("sqs"), stores.access.client("s3")
    while answer := sqs.receive_message(QueueUrl=stores.outputs.queue_url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        bodies.update({job_id_in(message["Body"], message_id="none"): message["Body"] for message in answer})
    assert set(bodies) == {job.job_id for job in jobs}
    for job in jobs:
        assert Lane.of_priority(job.priority) is Lane.NORMAL
        stored = s3.get_object(Bucket=stores.outputs.results_bucket, Key=payload_key(job.job_id))[
            "Body"
        ].read()
        assert decode_job(stored.decode(), message_id="m").code == job.code
        if "payload_key" not in bodies[job.job_id]:
            assert decode_job(bodies[job.job_id], message_id="m").code == job.code


def fault_of(*paths: Path | str) -> str:
    with pytest.raises(UsageFault) as told:
        plan_jobs(
            SourceChoice(paths=[str(path) for path in paths]), JobOptions(batch_id="b", language="python")
        )
    assert len(told.value.why) < 20 * (MAXIMUM_LABEL + 5_000)
    return told.value.why
