"""TypeScript that no test reaches is found where a compiler can judge it."""

import asyncio

from tests.fakes.clock import FakeClock
from tests.fakes.source_checkout import FakeSourceCheckout
from tests.worker.repository.mending import MendingPipeline
from worker.domain.job import Job, JobKind
from worker.domain.publication import Repository
from worker.repository.aim import Aim
from worker.repository.compiled import COMPILE, find_compiled, named_in
from worker.repository.fixing import fix_units
from worker.repository.pace import Pace
from worker.repository.sources import read_sources
from worker.repository.units import Neighbours, find_units, links_of

SHOP = Repository(owner="acme", name="shop")
FILES = {
    "tsconfig.base.json": "{}",
    "app/tsconfig.json": '{ "extends": "../tsconfig.base.json" }',
    "app/package.json": "{}",
    "app/types/global.d.ts": "declare const VERSION: string;\n",
    "app/src/box.ts": "export interface Box { width: number }\n",
    "app/src/area.ts": "import { Box } from './box';\n",
    "app/src/page.ts": "import { area } from './area.js';\n",
    "app/src/alone.ts": "export const alone = 1;\n",
    "loose/none.ts": "export const none = 1;\n",
}
LOG = "src/area.ts(3,14): error TS2551: Property 'widht' does not exist on type 'Box'.\n"


def paths_of(units):
    return [unit.path for unit in units]


def found_in(texts, changed, named, *, tested):
    return find_compiled(Neighbours(links_of(texts), texts), texts, changed, named, tested=tested)


def test_what_a_change_touched_comes_first_then_what_imports_it():
    found = found_in(FILES, {"app/src/area.ts"}, (), tested=())
    assert paths_of(found) == ["app/src/area.ts", "app/src/page.ts"]
    assert all(unit.is_changed and not unit.tests for unit in found)


def test_where_nothing_is_known_all_of_a_project_is_compiled_and_nothing_outside_of_one():
    found = found_in(FILES, (), (), tested={"app/src/alone.ts"})
    assert paths_of(found) == ["app/src/area.ts", "app/src/box.ts", "app/src/page.ts"]


def test_settings_declarations_what_is_imported_and_what_imports_go_along():
    (area, _) = found_in(FILES, {"app/src/area.ts"}, (), tested=())
    assert set(area.files) == {
        *("app/src/box.ts", "app/src/page.ts", "app/types/global.d.ts"),
        *("app/package.json", "app/tsconfig.json", "tsconfig.base.json"),
    }


def test_a_log_names_files_wherever_the_compiler_was_started():
    assert named_in(LOG, FILES) == {"app/src/area.ts"}
    pretty = "app/src/alone.ts:1:2 - error TS2304: Cannot find name 'b'.\n"
    assert named_in(pretty, FILES) == {"app/src/alone.ts"}
    assert named_in("Error: no src/area.ts(3,14) to be seen", FILES) == frozenset()


def test_files_that_a_log_names_are_compiled_before_all_others():
    named = named_in(LOG, FILES)
    found = found_in(FILES, {"app/src/alone.ts"}, named, tested=())
    assert paths_of(found) == ["app/src/area.ts", "app/src/alone.ts"]


def test_a_module_without_tests_is_mended_by_its_log_and_without_one_by_the_compiler():
    units = [
        *found_in(FILES, (), (), tested=()),
        *find_units({"a.js": "", "a.test.js": "import './a.js'"}, ()),
    ]
    texts = {**FILES, "a.js": "", "a.test.js": ""}
    modules = MendingPipeline()
    job = Job(job_id="gh-1", kind=JobKind.FIX, language="", code="", log=LOG)
    asyncio.run(fix_units(units, texts, job, pipeline=modules, pace=Pace(FakeClock(), seconds=600)))
    logs = {each.path: each.log for each in modules.jobs}
    assert (logs["app/src/area.ts"], logs["app/src/box.ts"], logs["a.js"]) == (LOG, COMPILE, "")


def test_settings_and_declarations_are_read_of_the_commit_but_not_those_of_packages():
    checkout = FakeSourceCheckout()
    extra = {"node_modules/a/tsconfig.json": "{}", "node_modules/a/index.d.ts": ""}
    commit = checkout.commit(SHOP, "main", {**FILES, **extra})
    sources = asyncio.run(read_sources(Aim(repository=SHOP, commit=commit), checkout))
    assert set(sources.texts) == set(FILES)
