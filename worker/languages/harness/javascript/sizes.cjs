'use strict';
// Built-in functions that no clock can stop while they fill memory: beyond a size they are stopped before they begin.
const { Stopped } = require('./runtime.cjs');

const MOST = 2e6;

function boundSizes() {
  const { fill } = Array.prototype;
  const { from } = Array;
  const { repeat, padStart, padEnd } = String.prototype;
  const bounded = (owner, name, original, sizeOf) => {
    const value = { [name](...args) {
      if (sizeOf(this, args) > MOST) throw new Stopped(`${name} of too many`);
      return Reflect.apply(original, this, args);
    } }[name];
    Object.defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: false });
  };
  bounded(Array.prototype, 'fill', fill, (self) => self?.length);
  bounded(Array, 'from', from, (_, [source]) => source?.length);
  bounded(String.prototype, 'repeat', repeat, (self, [count]) => String(self).length * count);
  bounded(String.prototype, 'padStart', padStart, (_, [size]) => size);
  bounded(String.prototype, 'padEnd', padEnd, (_, [size]) => size);
}

module.exports = { boundSizes };
