"""Tests find the files that they read beside them, and nothing else of the tree."""

import asyncio

import pytest

from tests.fakes.source_checkout import FakeSourceCheckout
from worker.domain.publication import Repository
from worker.repository.aim import Aim
from worker.repository.data_files import MOST_BESIDE, MOST_DATA_BYTES, MOST_DATA_FILES, data_for, is_data
from worker.repository.sources import read_sources
from worker.repository.units import find_units

SHOP = Repository(owner="acme", name="shop")
MODULE = "export const total = (list) => list.length\n"


def importing(*lines: str) -> str:
    return "\n".join(("import { total } from '../src/cart.js'", *lines, ""))


def beside_cart(test: str, **data: str) -> set[str]:
    texts = {"src/cart.js": MODULE, "tests/cart.test.js": test, **data}
    return set(find_units(texts, ())[0].files) - {"tests/cart.test.js"}


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("readFileSync(new URL('./data/one.json', import.meta.url))", "tests/data/one.json"),
        ("readFileSync(path.join(__dirname, 'data', 'one.json'))", "tests/data/one.json"),
        ("readFileSync(path.join(__dirname, '..', 'examples', \"one.csv\"))", "examples/one.csv"),
        ("readFileSync('tests/data/one.json')", "tests/data/one.json"),
        ("import one from './data/one.json' with { type: 'json' }", "tests/data/one.json"),
        ("readFileSync(path.join(__dirname, 'data', `${name}.json`))", "tests/data/one.json"),
    ],
)
def test_a_file_that_a_test_names_is_laid_out_beside_it(line, place):
    assert beside_cart(importing(line), **{place: "{}", "tests/other/two.json": "{}"}) == {place}


def test_a_module_brings_the_files_that_it_names_but_no_folders():
    texts = {
        "src/cart.js": "import names from './names.json'\nconst kind = 'rates'\n",
        "src/names.json": "{}",
        "src/rates/euro.json": "{}",
        "tests/cart.test.js": importing(),
    }
    assert find_units(texts, ())[0].files == ("tests/cart.test.js", "src/names.json")


def test_python_tests_find_their_data_too():
    texts = {
        "cart.py": "",
        "tests/test_cart.py": "import cart\nTEXT = (HERE / 'data' / 'one.txt').read_text()\n",
        "tests/data/one.txt": "1",
    }
    assert "tests/data/one.txt" in find_units(texts, ())[0].files


def test_a_folder_of_many_files_brings_a_bounded_number():
    many = {f"tests/data/{number}.json": "{}" for number in range(3 * MOST_BESIDE)}
    assert len(beside_cart(importing("readdirSync('./data')"), **many)) == MOST_BESIDE


def test_files_that_are_large_together_do_not_all_come_along():
    many = {f"tests/data/{number}.json": "1" * 99_000 for number in range(10)}
    assert len(beside_cart(importing("readdirSync('./data')"), **many)) == 5


@pytest.mark.parametrize(
    "path",
    ["package.json", "tsconfig.base.json", ".github/labels.json", "node_modules/a/b.json", "a.env", "a.png"],
)
def test_settings_secrets_and_what_others_wrote_are_no_data(path):
    assert not is_data(path)


def test_names_that_lead_out_of_the_tree_name_nothing():
    test = importing("readFileSync('../../../etc/one.txt')", "readFileSync('/etc/one.txt')")
    assert data_for({"tests/cart.test.js": test}, ["etc/one.txt", "tests/cart.test.js"]) == []


def test_so_many_files_of_a_commit_are_read_at_most():
    texts = {"tests/cart.test.js": importing("readdirSync('./data')")}
    many = [f"tests/data/{number}.json" for number in range(2 * MOST_DATA_FILES)]
    assert len(data_for(texts, many)) == MOST_DATA_FILES


def test_data_is_read_of_the_commit_where_a_test_names_it_and_it_is_small():
    checkout = FakeSourceCheckout()
    files = {
        "src/cart.js": MODULE,
        "tests/cart.test.js": importing("read('./data/one.json')", "read('./data/huge.json')"),
        "tests/data/one.json": "[1]",
        "tests/data/two.json": "[2]",
        "tests/data/huge.json": "1" * (MOST_DATA_BYTES + 1),
    }
    commit = checkout.commit(SHOP, "main", files)
    sources = asyncio.run(read_sources(Aim(repository=SHOP, commit=commit), checkout))
    assert set(sources.texts) == {"src/cart.js", "tests/cart.test.js", "tests/data/one.json"}
