"""Git against hostile repositories, hostile patches and servers that refuse."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.github.remotes import LocalRemotes
from tests.worker.publication.builders import CART, CART_PATCH, SHOP, a_patch_of, a_publication
from worker.adapters.git_checkout import GitCheckout
from worker.adapters.git_checkout_process import Access, GitProcess, failure
from worker.domain.errors import ForgeRefused, ForgeUnavailable
from worker.publication_ports import CommitDraft, Signature

TOKEN = "ghs_0123456789abcdefghijABCDEFGHIJ012345"
SIGNATURE = Signature(name="fleet", email="fleet@example.invalid", at=a_publication().made_at)

pytestmark = pytest.mark.slow


@pytest.fixture
def remotes(tmp_path) -> LocalRemotes:
    remotes = LocalRemotes(tmp_path / "hub")
    remotes.create(SHOP)
    return remotes


@pytest.fixture
def checkout(tmp_path, remotes) -> GitCheckout:
    return GitCheckout(tmp_path / "store", locate=remotes.locate, timeout_seconds=120, protocols=("file",))


async def built(checkout: GitCheckout, base: str, *patches: str):
    drafts = [CommitDraft(patch=patch, message="m\n") for patch in patches]
    return await checkout.build(SHOP, base, drafts, SIGNATURE)


ESCAPES = {
    "out of the tree": a_patch_of("../evil.py"),
    "an absolute path": a_patch_of("/tmp/evil.py"),
    "git's own folder": a_patch_of(".git/config"),
    "git's own folder in capitals": a_patch_of("sub/.GIT/config"),
    "behind a link": "--- /dev/null\n+++ b/link/evil.py\n@@ -0,0 +1 @@\n+x\n",
    "a truncated patch": CART_PATCH[:-20],
    "no patch": "hello\n",
}


async def test_git_itself_applies_nothing_outside_of_the_tree(remotes, checkout, tmp_path):
    base = remotes.commit(SHOP, "main", {"shop/cart.py": CART, "link": f"120000:{tmp_path}"})
    for name, patch in ESCAPES.items():
        result = await built(checkout, base, patch)
        assert result.commit == "", name
        assert result.objection, name
    assert not (tmp_path / "evil.py").exists()


async def test_links_submodules_pointers_and_binaries_are_seen_whatever_a_patch_says(remotes, checkout):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    files = {
        "link": "120000:there",
        "sub": f"160000:{'1' * 40}",
        "big.bin": pointer,
        "x.py": "x = 1\n",
        "raw": b"a\0b\n",
    }
    base = remotes.commit(SHOP, "main", files)
    patches = {
        "link": "--- a/link\n+++ b/link\n@@ -1 +1 @@\n-there\n\\ No newline at end of file\n+else\n\\ No newline at end of file\n",
        "big.bin": "--- a/big.bin\n+++ b/big.bin\n@@ -1,3 +1,3 @@\n version https://git-lfs.github.com/spec/v1\n-oid sha256:0\n+oid sha256:1\n size 1\n",
        "raw": "--- a/raw\n+++ b/raw\n@@ -1 +1 @@\n-a\0b\n+a\0c\n",
        "new-link": "diff --git a/new-link b/new-link\nnew file mode 120000\n--- /dev/null\n+++ b/new-link\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n",
        "new-sub": "diff --git a/new-sub b/new-sub\nnew file mode 160000\n--- /dev/null\n+++ b/new-sub\n@@ -0,0 +1 @@\n+Subproject commit 2222222222222222222222222222222222222222\n",
    }
    for path, patch in patches.items():
        result = await built(checkout, base, patch)
        is_refused = path in {"raw", "new-sub"} and not result.commit  # git itself may have none of these
        assert is_refused or path in result.odd_paths, (path, result.objection)
    plain = await built(checkout, base, a_patch_of("x.py"))
    assert (plain.paths, plain.odd_paths) == (("x.py",), ())
    assert await checkout.read(SHOP, base, "link") is None
    assert await checkout.read(SHOP, base, "sub") is None


async def test_nothing_in_a_repository_or_a_home_folder_is_run(remotes, tmp_path, monkeypatch):
    trap = tmp_path / "trap"
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[core]\n\tfsmonitor = "touch {trap}"\n\tsshCommand = "touch {trap}"\n[filter "lfs"]\n\tsmudge = "touch {trap}"\n'
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(home))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {trap}")
    attributes = "* filter=lfs diff=evil merge=evil\n"
    modules = '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch trap"\n'
    base = remotes.commit(
        SHOP, "main", {"shop/cart.py": CART, ".gitattributes": attributes, ".gitmodules": modules}
    )
    store = tmp_path / "store"
    checkout = GitCheckout(store, locate=remotes.locate, timeout_seconds=120, protocols=("file",))
    result = await built(checkout, base, CART_PATCH)
    hooks = store / "store.git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-push", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {trap}\n")
        (hooks / name).chmod(0o755)
    assert await built(checkout, base, CART_PATCH) == result  # writes an index, which has a hook of its own
    assert await checkout.push(SHOP, result.commit, "fix", expected=None)
    assert not trap.exists()


async def test_only_the_named_protocols_are_spoken(tmp_path, remotes):
    remotes.commit(SHOP, "main", {"x.py": "x = 1\n"})
    trap = tmp_path / "trap"

    async def locate(_: object) -> Access:
        return Access(url=f"ext::sh -c touch% {trap}")

    for protocols in (("https",), ("https", "file")):
        checkout = GitCheckout(tmp_path / "store", locate=locate, timeout_seconds=120, protocols=protocols)
        with pytest.raises(ForgeRefused, match="not allowed"):
            await checkout.tip(SHOP, "main")
    assert not trap.exists()

    async def by_ssh(_: object) -> Access:
        return Access(url="ssh://127.0.0.1:9/acme/shop.git")

    with pytest.raises(ForgeRefused, match="not allowed"):
        await GitCheckout(tmp_path / "third", locate=by_ssh, timeout_seconds=120).tip(SHOP, "main")
    https = GitCheckout(tmp_path / "other", locate=remotes.locate, timeout_seconds=120)
    with pytest.raises(ForgeRefused, match="not allowed"):
        await https.tip(SHOP, "main")


async def test_a_huge_history_and_its_files_stay_where_they_are(remotes, checkout, tmp_path):
    for number in range(3):
        remotes.commit(
            SHOP, "main", {"big.txt": f"{number}" * 300_000, "shop/cart.py": f"# {number}\n{CART}"}
        )
    base = remotes.commit(SHOP, "main", {"shop/cart.py": CART})
    result = await built(checkout, base, CART_PATCH)
    assert await checkout.push(SHOP, result.commit, "fix", expected=None)
    store = GitProcess(tmp_path / "store", timeout_seconds=120, protocols=())
    held = await store.succeed("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectsize)")
    kinds = [row.split() for row in held.decode().splitlines()]
    assert sum(kind == "commit" for kind, _ in kinds) == 2
    assert all(int(size) < 10_000 for kind, size in kinds if kind == "blob")


async def test_a_server_that_refuses_is_told_with_its_reason_and_one_that_was_quicker_is_not_an_error(
    remotes, checkout
):
    base = remotes.commit(SHOP, "main", {"shop/cart.py": CART})
    result = await built(checkout, base, CART_PATCH)
    remotes.hook(SHOP, "pre-receive", "#!/bin/sh\necho GH006: Protected branch update failed >&2\nexit 1\n")
    with pytest.raises(ForgeRefused, match="GH006: Protected branch"):
        await checkout.push(SHOP, result.commit, "fix", expected=None)
    assert remotes.tip(SHOP, "fix") is None


async def test_a_repository_that_is_not_there_is_refused(tmp_path):
    checkout = GitCheckout(
        tmp_path / "s", locate=LocalRemotes(tmp_path).locate, timeout_seconds=120, protocols=("file",)
    )
    with pytest.raises(ForgeRefused):
        await checkout.tip(SHOP, "main")


@pytest.fixture
def spying_git(tmp_path, monkeypatch) -> Path:
    """A `git` that writes down what it is given, and complains with all that it knows."""
    seen = tmp_path / "seen"
    seen.mkdir()
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(seen / 'argv')!r}, 'a').write(repr(sys.argv) + '\\n')\n"
        f"open({str(seen / 'env')!r}, 'a').write(repr(dict(os.environ)) + '\\n')\n"
        "if 'ls-remote' in sys.argv:\n"
        "    print('fatal: unable to access https://x-access-token:', os.environ, 'returned error: 403', file=sys.stderr)\n"
        "    sys.exit(128)\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-git")
    return seen


async def test_a_token_is_in_no_argument_no_file_and_no_error(tmp_path, spying_git):
    async def locate(_: object) -> Access:
        return Access(url="https://github.com/acme/shop.git", token=TOKEN)

    store = tmp_path / "store"
    checkout = GitCheckout(store, locate=locate, timeout_seconds=120)
    with pytest.raises(ForgeRefused) as told:
        await checkout.tip(SHOP, "main")
    assert TOKEN not in str(told.value)
    assert "eC1hY2Nlc3MtdG9rZW46" not in str(told.value)  # what the header holds of it
    assert TOKEN not in (spying_git / "argv").read_text()
    environment = (spying_git / "env").read_text()
    assert "http.https://github.com/.extraHeader" in environment
    assert "not-for-git" not in environment
    assert "GIT_TERMINAL_PROMPT" in environment
    files = [path for path in store.rglob("*") if path.is_file()]
    assert all(TOKEN.encode() not in path.read_bytes() for path in files)


async def test_a_token_of_a_form_that_nobody_knows_is_in_no_error_either(tmp_path):
    access = Access(url="https://github.com/acme/shop.git", token="of-no-known-form")
    answer = await GitProcess(tmp_path, timeout_seconds=120, protocols=()).run(access.token, access=access)
    assert answer.code != 0
    assert "[redacted]" in answer.said
    assert access.token not in answer.said


@pytest.fixture
def endless_git(tmp_path, monkeypatch) -> Path:
    """A `git` that writes down its process id and never ends, nor does its child."""
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nsleep 3600 &\nwait\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "pid"


async def test_git_that_does_not_end_may_be_tried_again(tmp_path, endless_git):
    process = GitProcess(tmp_path, timeout_seconds=0.2, protocols=())
    with pytest.raises(ForgeUnavailable, match="git fetch took more than"):
        await process.run("fetch")


async def test_who_is_called_off_leaves_no_git_behind(tmp_path, endless_git):
    process = GitProcess(tmp_path, timeout_seconds=600, protocols=())
    running = asyncio.create_task(process.run("fetch"))
    while not (endless_git.exists() and endless_git.read_text().endswith("\n")):  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(int(endless_git.read_text()), 0)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("fatal: Authentication failed for 'https://github.com/a/b.git/'", ForgeRefused),
        ("fatal: could not read Username for 'https://github.com': terminal prompts disabled", ForgeRefused),
        (
            "remote: Permission to a/b.git denied to fleet[bot]. The requested URL returned error: 403",
            ForgeRefused,
        ),
        (
            "remote: Repository not found. fatal: repository 'https://github.com/a/b.git/' not found",
            ForgeRefused,
        ),
        ("! refs/heads/x [remote rejected] (protected branch hook declined)", ForgeRefused),
        ("fatal: remote error: upload-pack: not our ref 1111", ForgeRefused),
        ("fatal: unable to access: Could not resolve host: github.com", ForgeUnavailable),
        ("error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502", ForgeUnavailable),
        ("fatal: the remote end hung up unexpectedly", ForgeUnavailable),
        ("fatal: unable to access: Failed to connect to github.com port 443", ForgeUnavailable),
        ("", ForgeUnavailable),
    ],
)
def test_what_git_says_is_told_as_final_or_not(said, kind):
    assert type(failure("push", said)) is kind
