"""Modules and their tests are found by names and imports."""

from worker.repository.units import Links, find_units, groups_of

CART = "def total(items):\n    return sum(items)\n"
TEST_CART = "from shop.cart import total\n\ndef test_total():\n    assert total([1]) == 1\n"


def paths_of(units):
    return [unit.path for unit in units]


def test_a_python_module_is_found_by_the_tests_that_import_it():
    texts = {"shop/__init__.py": "", "shop/cart.py": CART, "tests/test_cart.py": TEST_CART}
    (unit,) = find_units(texts, ())
    assert (unit.path, unit.language, unit.tests) == ("shop/cart.py", "python", ("tests/test_cart.py",))
    assert unit.files == ("tests/test_cart.py", "shop/__init__.py")


def test_a_source_folder_is_laid_out_as_the_tests_import_it():
    texts = {
        "back/src/shop/cart.py": "from shop.names import greet\n" + CART,
        "back/src/shop/names.py": "def greet(): pass\n",
        "back/tests/test_cart.py": TEST_CART,
    }
    unit = next(unit for unit in find_units(texts, ()) if unit.path.endswith("cart.py"))
    assert unit.root == "back/src/"
    assert [file.path for file in unit.laid_out(texts)] == ["back/tests/test_cart.py", "shop/names.py"]


def test_what_the_tests_need_goes_along_however_far_it_is_imported():
    texts = {
        "a.py": "import b\n",
        "b.py": "from c import x\n",
        "c.py": "x = 1\n",
        "conftest.py": "",
        "test_a.py": "import a\n",
    }
    (unit,) = find_units(texts, ())
    assert set(unit.files) == {"test_a.py", "b.py", "c.py", "conftest.py"}


def test_a_module_that_tests_reach_by_another_one_counts_only_where_it_was_changed():
    texts = {"a.py": "import b\n", "b.py": "x = 1\n", "test_a.py": "import a\n"}
    assert paths_of(find_units(texts, ())) == ["a.py"]
    assert paths_of(find_units(texts, {"b.py"})) == ["b.py", "a.py"]


def test_what_was_changed_comes_first():
    texts = {
        "a.py": "",
        "z.py": "",
        "test_a.py": "import a\n",
        "test_z.py": "import z\n",
    }
    assert paths_of(find_units(texts, {"z.py"})) == ["z.py", "a.py"]
    assert paths_of(find_units(texts, {"test_z.py"})) == ["z.py", "a.py"]


def test_relative_imports_and_those_of_modules_are_followed():
    texts = {
        "shop/cart.py": CART,
        "shop/tests/test_cart.py": "from ..cart import total\n",
        "shop/tests/test_other.py": "from shop import cart\n",
    }
    (unit,) = find_units(texts, ())
    assert unit.tests == ("shop/tests/test_cart.py", "shop/tests/test_other.py")


def test_code_that_does_not_parse_still_tells_what_it_imports():
    texts = {"a.py": "import b\ndef f(:\n", "b.py": "x = 1\n", "test_a.py": "import a\n"}
    (unit,) = find_units(texts, ())
    assert "b.py" in unit.files


def test_javascript_and_typescript_are_found_by_relative_names():
    texts = {
        "web/package.json": '{"type": "module"}',
        "web/price.js": "export const price = 1\n",
        "web/price.test.js": "import { price } from './price.js'\n",
        "lib/tax.cjs": "exports.tax = 1\n",
        "lib/test/tax.cjs": "const { tax } = require('../tax')\n",
        "app/unit.ts": "export const unit = 1\n",
        "app/unit.test.ts": "import { unit } from './unit.js'\n",
    }
    found = {unit.path: unit for unit in find_units(texts, ())}
    assert {path: unit.language for path, unit in found.items()} == {
        "app/unit.ts": "typescript",
        "lib/tax.cjs": "javascript",
        "web/price.js": "javascript",
    }
    assert found["web/price.js"].files == ("web/price.test.js", "web/package.json")


def test_what_others_wrote_is_left_alone():
    texts = {
        "node_modules/left-pad/index.js": "",
        "test.js": "require('./node_modules/left-pad/index.js')\n",
        "vendor/x.py": "",
        "test_x.py": "from vendor import x\n",
    }
    assert find_units(texts, ()) == []


def test_no_import_leads_out_of_the_repository():
    texts = {"a.test.js": "require('../../../etc/passwd')\nimport('../b.js')\n", "b.js": ""}
    assert find_units(texts, ()) == []


def test_modules_that_share_a_test_are_worked_on_one_after_the_other():
    texts = {
        "a.py": "",
        "b.py": "",
        "c.py": "",
        "test_ab.py": "import a, b\n",
        "test_c.py": "import c\n",
    }
    groups = [paths_of(group) for group in groups_of(find_units(texts, {"c.py"}))]
    assert groups == [["c.py"], ["a.py", "b.py"]]


def test_text_that_was_made_to_be_slow_to_read_is_read():
    blank = " " * 300_000
    texts = {
        "test_a.py": f"from{blank}x\nfrom {'.' * 300_000} y\nimport a\ndef f(:\n",
        "a.py": "",
        "b.test.js": f"import{blank}x\nimport ({blank}x\nrequire({blank}x\nimport './b.js'\n",
        "b.js": "",
    }
    assert paths_of(find_units(texts, ())) == ["a.py", "b.js"]


def test_layers_of_imports_are_followed_once_for_each_file():
    class Counting(dict):
        looks = 0

        def get(self, path, otherwise=None):
            Counting.looks += 1
            return super().get(path, otherwise)

    layers = Counting({f"{n}": {f"{m}": "" for m in range(n + 1, min(n + 4, 12))} for n in range(12)})
    assert list(Links(imports=layers).reached("0")) == [f"{n}" for n in range(1, 12)]
    assert Counting.looks == 12
