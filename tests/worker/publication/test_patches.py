"""What a patch touches, and what it may not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.publication.builders import CART_PATCH, a_patch_of
from worker.domain.patch import unified_diff
from worker.domain.publication import PathKind
from worker.publication.patches import kinds, objections, path_fault, touched

NONE: frozenset[PathKind] = frozenset()
EVERY_KIND = frozenset(PathKind)


def paths(patch: str) -> set[str]:
    return {touch.path for touch in touched(patch)}


def test_a_plain_change_of_code_is_fine():
    assert objections(CART_PATCH, NONE) == []
    assert paths(CART_PATCH) == {"shop/cart.py"}


@settings(max_examples=100, derandomize=True)
@given(
    old=st.text(alphabet="ab-+@ \n\\", max_size=40),
    new=st.text(alphabet="ab-+@ \n\\", max_size=40),
)
def test_whatever_the_lines_of_a_file_look_like_they_are_no_headers(old, new):
    patch = unified_diff(old, new, "shop/cart.py")
    assert paths(patch) <= {"shop/cart.py"}


def test_a_line_that_looks_like_a_header_is_content():
    patch = unified_diff("-- a/.github/x\n", "++ b/../x\n", "shop/notes.sql")
    assert "--- a/.github/x" in patch
    assert objections(patch, NONE) == []
    emptied = unified_diff("x\n-- a/uv.lock\n", "", "shop/notes.sql")
    assert emptied.endswith("\n--- a/uv.lock\n")
    assert objections(emptied, NONE) == []


@pytest.mark.parametrize(
    "path",
    [
        "../evil.py",
        "a/../../evil.py",
        "/etc/passwd",
        "C:/windows/x",
        "C:x",
        ".git/config",
        ".GIT/hooks/pre-push",
        "sub/.git/config",
        "git~1/config",
        "a/.git./config",
        "a/.git /config",
        ".git::$INDEX_ALLOCATION/config",
        ".g\u200cit/config",
        "a\\..\\b",
        "a//b",
        "./a",
        "a/.",
        "a\x00b",
        "a\nb",
        "a\x1b[31mb",
        ".gitmodules",
        "sub/.GitModules",
        ".lfsconfig",
        "",
    ],
)
def test_no_path_leads_out_of_the_tree_or_into_git(path):
    assert path_fault(path)


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        "src/git/x.py",
        "a/.gitkeep",
        "x/digit.py",
        "dot.git.py",
        "ünï/cödé.py",
        "a b/c.py",
        "..a/b",
        "a..b",
    ],
)
def test_other_paths_are_fine(path):
    assert path_fault(path) == ""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".github/workflows/ci.yml", PathKind.FORGE),
        (".GitHub/CODEOWNERS", PathKind.FORGE),
        ("docs/CODEOWNERS", PathKind.FORGE),
        (".gitattributes", PathKind.FORGE),
        ("sub/.gitattributes", PathKind.FORGE),
        (".circleci/config.yml", PathKind.FORGE),
        ("Jenkinsfile", PathKind.FORGE),
        ("package-lock.json", PathKind.LOCK_FILE),
        ("web/yarn.lock", PathKind.LOCK_FILE),
        ("uv.lock", PathKind.LOCK_FILE),
        ("worker/requirements.lock", PathKind.LOCK_FILE),
        ("go.sum", PathKind.LOCK_FILE),
        ("Cargo.lock", PathKind.LOCK_FILE),
        ("tests/helpers.py", PathKind.TEST),
        ("src/Test/data.json", PathKind.TEST),
        ("test_cart.py", PathKind.TEST),
        ("pkg/cart_test.go", PathKind.TEST),
        ("src/cart.test.ts", PathKind.TEST),
        ("src/cart.spec.jsx", PathKind.TEST),
        ("src/__tests__/cart.js", PathKind.TEST),
        ("conftest.py", PathKind.TEST),
        ("jest.config.js", PathKind.TEST),
        ("src/CartTest.java", PathKind.TEST),
    ],
)
def test_files_that_a_fix_leaves_alone_are_known(path, kind):
    assert kinds(path) == (kind,)
    assert objections(a_patch_of(path), NONE)
    assert objections(a_patch_of(path), frozenset({kind})) == []


@pytest.mark.parametrize(
    "path",
    [
        "src/contest.py",
        "latest/x.py",
        "attest.py",
        "src/testing.py",
        "blocks.py",
        "locked.py",
        "src/github/api.py",
    ],
)
def test_files_that_only_sound_like_them_are_not(path):
    assert kinds(path) == ()


HOSTILE = {
    "a link": "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n",
    "a submodule": "diff --git a/x b/x\nnew file mode 160000\nindex 0000000..1111111\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+Subproject commit 1\n",
    "a mode that becomes a link": "diff --git a/x b/x\nold mode 100644\nnew mode 120000\n",
    "a link that changes": "diff --git a/x b/x\nindex 1111111..2222222 120000\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
    "a setuid mode": "diff --git a/x b/x\nnew file mode 104755\n",
    "a binary file": "diff --git a/x b/x\nnew file mode 100644\nGIT binary patch\nliteral 4\nLc${NM\n",
    "a rename out": "diff --git a/x b/../y\nsimilarity index 100%\nrename from x\nrename to ../y\n",
    "a rename into workflows": "diff --git a/x b/.github/workflows/y\nsimilarity index 100%\nrename from x\nrename to .github/workflows/y\n",
    "a copy of a lock file": "diff --git a/x b/uv.lock\nsimilarity index 100%\ncopy from x\ncopy to uv.lock\n",
    "a quoted path": 'diff --git "a/\\056git/config" "b/\\056git/config"\n--- "a/\\056git/config"\n+++ "b/\\056git/config"\n@@ -1 +1 @@\n-a\n+b\n',
    "an empty new file": "diff --git a/.github/x b/.github/x\nnew file mode 100644\n",
    "a deleted test": "diff --git a/tests/t.py b/tests/t.py\ndeleted file mode 100644\n--- a/tests/t.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
    "another prefix, which git takes off": "--- evil/.github/w\n+++ evil/.github/w\n@@ -1 +1 @@\n-a\n+b\n",
    "a second file behind the first": f"{CART_PATCH}--- a/uv.lock\n+++ b/uv.lock\n@@ -1 +1 @@\n-a\n+b\n",
    "carriage returns": "--- a/uv.lock\r\n+++ b/uv.lock\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n",
    "nothing": "",
    "prose": "Please apply my changes.\n",
    "hundreds of files": "".join(a_patch_of(f"src/m{number}.py") for number in range(300)),
    "megabytes": a_patch_of("src/x.py", new="x" * 2_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_patches_are_refused(name):
    assert objections(HOSTILE[name], NONE)


def test_allowing_every_kind_allows_no_link_submodule_or_way_out():
    let_in = {name for name, patch in HOSTILE.items() if objections(patch, EVERY_KIND) == []}
    assert let_in == {
        "a rename into workflows",
        "a copy of a lock file",
        "an empty new file",
        "a deleted test",
        "a second file behind the first",
        "carriage returns",
    }


@settings(max_examples=100, derandomize=True)
@given(st.text(alphabet=st.sampled_from('ab/.-+@ \n"\\0\t'), max_size=200))
def test_no_text_breaks_the_reading_of_patches(text):
    objections(text, NONE)
    objections(f"diff --git {text}\n--- {text}\n+++ {text}\nrename to {text}\nnew file mode {text}", NONE)
