'use strict';
// Strings that a regular expression matches, made by reading its source; what it can't read it leaves out.

const CLASSES = { d: '0123456789', w: 'abcXYZ019_', s: ' \t', D: 'ax-', W: ' -.', S: 'a1-' };

function sample(source, random) {
  const pattern = { source, at: 0, random, groups: [], budget: 200 };
  try {
    return alternatives(pattern);
  } catch {
    return null;
  }
}

function alternatives(pattern) {
  const choices = [];
  let current = '';
  while (pattern.at < pattern.source.length && pattern.source[pattern.at] !== ')') {
    if (pattern.source[pattern.at] === '|') {
      pattern.at += 1;
      choices.push(current);
      current = '';
    } else current += quantified(pattern);
  }
  choices.push(current);
  return choices[Math.floor(pattern.random() * choices.length)];
}

// The atom is read again from its start for each repetition, so that repetitions differ.
function quantified(pattern) {
  const start = pattern.at;
  const first = atom(pattern);
  const end = pattern.at;
  const [least, most] = quantifier(pattern);
  const after = pattern.at;
  let count = least;
  while (count < most && pattern.random() < 0.6) count += 1;
  let text = count > 0 ? first : '';
  for (let done = 1; done < count && pattern.budget > 0; done += 1) {
    pattern.budget -= 1;
    pattern.at = start;
    text += atom(pattern);
  }
  pattern.at = Math.max(after, end);
  return text;
}

function quantifier(pattern) {
  const rest = pattern.source.slice(pattern.at);
  const match = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(rest);
  if (!match) return [1, 1];
  pattern.at += match[0].length;
  if (match[1]) return { '*': [0, 4], '+': [1, 4], '?': [0, 1] }[match[1]];
  const least = Number(match[2]);
  return [least, match[3] ? Number(match[4] || least + 3) : least];
}

function atom(pattern) {
  const character = pattern.source[pattern.at];
  pattern.at += 1;
  if (character === '^' || character === '$') return '';
  if (character === '.') return pick('aZ5 -', pattern.random);
  if (character === '[') return characterClass(pattern);
  if (character === '\\') return escape(pattern);
  if (character !== '(') return character;
  const look = /^\?(?:[:]|<[A-Za-z]\w*>|(<?[=!]))/.exec(pattern.source.slice(pattern.at));
  if (look) pattern.at += look[0].length;
  const inner = alternatives(pattern);
  pattern.at += 1;
  if (look && look[1]) return '';
  if (!look || look[0] !== '?:') pattern.groups.push(inner);
  return inner;
}

function escape(pattern) {
  const character = pattern.source[pattern.at];
  pattern.at += 1;
  if (CLASSES[character]) return pick(CLASSES[character], pattern.random);
  if (character === 'b' || character === 'B') return '';
  if (/[1-9]/.test(character)) return pattern.groups[Number(character) - 1] ?? '';
  if (character === 'u' || character === 'x') {
    const length = character === 'u' ? 4 : 2;
    const code = parseInt(pattern.source.slice(pattern.at, pattern.at + length), 16);
    pattern.at += length;
    return String.fromCharCode(code);
  }
  return { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', 0: '\0' }[character] ?? character;
}

function characterClass(pattern) {
  const negated = pattern.source[pattern.at] === '^';
  if (negated) pattern.at += 1;
  let members = '';
  while (pattern.at < pattern.source.length && pattern.source[pattern.at] !== ']') {
    const start = pattern.source[pattern.at];
    pattern.at += 1;
    let one = start;
    if (start === '\\') {
      const escaped = pattern.source[pattern.at];
      if (CLASSES[escaped]) {
        pattern.at += 1;
        members += CLASSES[escaped];
        continue;
      }
      one = escape(pattern);
    }
    if (pattern.source[pattern.at] === '-' && pattern.source[pattern.at + 1] !== ']') {
      pattern.at += 1;
      let last = pattern.source[pattern.at];
      pattern.at += 1;
      if (last === '\\') last = escape(pattern);
      const from = one.charCodeAt(0);
      const to = last.charCodeAt(0);
      for (let code = from; code <= Math.min(to, from + 80); code += 1) members += String.fromCharCode(code);
      members += last;
    } else members += one;
  }
  pattern.at += 1;
  if (!negated) return pick(members, pattern.random);
  return pick([...'aZ0 -_.x/'].filter((one) => !members.includes(one)).join('') || '~', pattern.random);
}

function pick(members, random) {
  return members.length ? members[Math.floor(random() * members.length)] : '';
}

module.exports = { sample };
