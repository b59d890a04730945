"""A small shop in three languages: as it should be, and with a fault in each."""

CART = '''"""Prices of carts, in cents."""


def total(items):
    """Add up price times quantity."""
    result = 0
    for price, quantity in items:
        result += price * quantity
    return result


def shipping(amount):
    """Free from 50.00 on, else 4.90."""
    if amount >= 5000:
        return 0
    return 490
'''
TEST_CART = """from shop.cart import shipping, total


def test_an_empty_cart_costs_nothing():
    assert total([]) == 0


def test_a_cart_costs_what_its_items_cost():
    assert total([(250, 2), (1000, 1)]) == 1500
    assert total([(99, 3)]) == 297


def test_shipping_is_free_from_fifty_on():
    assert shipping(4999) == 490
    assert shipping(5000) == 0
    assert shipping(5001) == 0
    assert shipping(0) == 490
"""
PRICE = """// Discounts, in per cent.
export function discount(quantity) {
  if (quantity >= 100) return 20;
  if (quantity >= 10) return 5;
  return 0;
}

export function discounted(cents, quantity) {
  const full = cents * quantity;
  return full - Math.round((full * discount(quantity)) / 100);
}
"""
TEST_PRICE = """import assert from 'node:assert/strict';
import test from 'node:test';
import { discount, discounted } from './price.js';

test('ten pieces cost less', () => {
  assert.equal(discount(9), 0);
  assert.equal(discount(10), 5);
  assert.equal(discount(99), 5);
  assert.equal(discount(100), 20);
});

test('the discount is taken off', () => {
  assert.equal(discounted(100, 1), 100);
  assert.equal(discounted(100, 10), 950);
  assert.equal(discounted(333, 100), 26640);
});
"""
RECEIPT = """export interface Line {
  name: string;
  cents: number;
  quantity: number;
}

export function lineTotal(line: Line): number {
  return line.cents * line.quantity;
}

export function receipt(lines: Line[]): string {
  const rows = lines.map((line) => `${line.quantity} x ${line.name}: ${lineTotal(line)}`);
  return rows.join('; ');
}
"""
TEST_RECEIPT = """import assert from 'node:assert/strict';
import test from 'node:test';
import { lineTotal, receipt } from './receipt.ts';

test('a line costs price times quantity', () => {
  assert.equal(lineTotal({ name: 'tea', cents: 250, quantity: 2 }), 500);
  assert.equal(lineTotal({ name: 'cup', cents: 990, quantity: 1 }), 990);
});

test('a receipt names every line', () => {
  const lines = [{ name: 'tea', cents: 250, quantity: 2 }, { name: 'cup', cents: 990, quantity: 1 }];
  assert.equal(receipt(lines), '2 x tea: 500; 1 x cup: 990');
});
"""
SOUND = {
    "README.md": "A shop.\n",
    "package.json": '{"name": "shop", "private": true, "type": "module"}\n',
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "tests/test_cart.py": TEST_CART,
    "web/price.js": PRICE,
    "web/price.test.js": TEST_PRICE,
    "app/receipt.ts": RECEIPT,
    "app/receipt.test.ts": TEST_RECEIPT,
}
FAULTS = {
    "python": {"shop/cart.py": CART.replace("result = 0", "result = 1")},
    "javascript": {
        "web/price.js": PRICE.replace("full - Math.round", "full + Math.round"),
    },
    "typescript": {"app/receipt.ts": RECEIPT.replace("${lineTotal(", "${lineTotl(")},
}
"""A value, an operator, and a name that the compiler does not know."""
