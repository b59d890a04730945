'use strict';
// Another day for the subject: what it makes of the present moment must not be pinned.

const RealDate = Date;

function shiftClock(seconds) {
  if (!seconds) return;
  const realNow = RealDate.now.bind(RealDate);
  const realPerformanceNow = performance.now.bind(performance);
  const shiftedNow = () => realNow() + seconds * 1000;
  RealDate.now = shiftedNow;
  performance.now = () => realPerformanceNow() + seconds * 1000;
  const shifted = new Proxy(RealDate, {
    construct(target, args, made) {
      const known = args.length === 0 ? [shiftedNow()] : args;
      return Reflect.construct(target, known, made === shifted ? target : made);
    },
    apply: (target) => new target(shiftedNow()).toString(),
  });
  RealDate.prototype.constructor = shifted;
  globalThis.Date = shifted;
}

module.exports = { shiftClock };
