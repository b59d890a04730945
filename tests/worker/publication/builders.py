"""Publications with defaults."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from worker.domain.publication import Evidence, Publication, PublicationSettings, Repository, VerifiedFix

SHOP = Repository(owner="acme", name="shop")
FINGERPRINT = "0123456789abcdef"
BRANCH = f"fleet/fix-{FINGERPRINT}"
CART = (
    "def total(items):\n    result = 1\n    for item in items:\n        result += item\n    return result\n"
)
FIXED = CART.replace("result = 1", "result = 0")
NAMES = "def greet(name):\n    return 'Hello ' + nam\n"
CART_PATCH = """\
--- a/shop/cart.py
+++ b/shop/cart.py
@@ -1,3 +1,3 @@
 def total(items):
-    result = 1
+    result = 0
     for item in items:
"""
NAMES_PATCH = """\
--- a/shop/names.py
+++ b/shop/names.py
@@ -1,2 +1,2 @@
 def greet(name):
-    return 'Hello ' + nam
+    return 'Hello ' + name
"""
PROVED = (
    Evidence(check="the failing test", is_passed=True, detail="test_total, 3 times"),
    Evidence(check="the rest of the suite", is_passed=True, detail="12 tests"),
)


def a_fix(**changes: Any) -> VerifiedFix:
    fix = VerifiedFix(
        title="Start the total at nothing",
        explanation="An empty cart cost one: the sum began at 1.",
        patch=CART_PATCH,
        evidence=PROVED,
    )
    return replace(fix, **changes)


NAMES_FIX = a_fix(
    title="Name the parameter as it is called", explanation="A letter was missing.", patch=NAMES_PATCH
)


def a_publication(base_commit: str = "1" * 40, **changes: Any) -> Publication:
    publication = Publication(
        repository=SHOP,
        base_branch="main",
        base_commit=base_commit,
        fingerprint=FINGERPRINT,
        title="Fix the total of an empty cart",
        what="`test_total` fails: an empty cart costs 1.",
        why="The sum now begins at 0.",
        fixes=(a_fix(), NAMES_FIX),
        made_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        log="E       assert 1 == 0",
        job_id="fix-1",
        settings=PublicationSettings(),
    )
    return replace(publication, **changes)


def with_settings(publication: Publication, **changes: Any) -> Publication:
    return replace(publication, settings=replace(publication.settings, **changes))


def a_patch_of(path: str, old: str = "x = 1", new: str = "x = 2") -> str:
    return f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{old}\n+{new}\n"
