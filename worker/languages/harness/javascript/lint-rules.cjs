'use strict';
// What is known of ESLint's core rules besides what it tells itself.

// The set that ESLint recommends: what speaks of faults and not of taste. Written down, because to ask ESLint for it loads all of its rules.
const RECOMMENDED = `
constructor-super for-direction getter-return no-async-promise-executor no-case-declarations no-class-assign no-compare-neg-zero no-cond-assign
no-const-assign no-constant-binary-expression no-constant-condition no-control-regex no-debugger no-delete-var no-dupe-args no-dupe-class-members
no-dupe-else-if no-dupe-keys no-duplicate-case no-empty no-empty-character-class no-empty-pattern no-empty-static-block no-ex-assign
no-extra-boolean-cast no-fallthrough no-func-assign no-global-assign no-import-assign no-invalid-regexp no-irregular-whitespace no-loss-of-precision
no-misleading-character-class no-new-native-nonconstructor no-nonoctal-decimal-escape no-obj-calls no-octal no-prototype-builtins no-redeclare
no-regex-spaces no-self-assign no-setter-return no-shadow-restricted-names no-sparse-arrays no-this-before-super no-unassigned-vars no-undef
no-unexpected-multiline no-unreachable no-unsafe-finally no-unsafe-negation no-unsafe-optional-chaining no-unused-labels
no-unused-private-class-members no-unused-vars no-useless-assignment no-useless-backreference no-useless-catch no-useless-escape no-with
preserve-caught-error require-yield use-isnan valid-typeof
`
  .trim()
  .split(/\s+/);

const each = (...values) => values.map((value) => [value]);
const alwaysOrNever = each('always', 'never');
const indents = [2, 4, 'tab', 3, 8, 1];

// Options that rules are used with, besides none: which of them a log was made with is told by what they say of the same text.
const OPTIONS = {
  'array-bracket-spacing': alwaysOrNever,
  'arrow-body-style': [...each('as-needed', 'always', 'never'), ['as-needed', { requireReturnForObjectLiteral: true }]],
  'arrow-parens': each('always', 'as-needed'),
  'block-spacing': alwaysOrNever,
  'brace-style': ['1tbs', 'stroustrup', 'allman'].flatMap((style) => [[style], [style, { allowSingleLine: true }]]),
  'comma-dangle': each('always-multiline', 'always', 'only-multiline', 'never'),
  'comma-style': each('last', 'first'),
  'computed-property-spacing': alwaysOrNever,
  curly: [...each('all', 'multi-line', 'multi', 'multi-or-nest'), ['multi-or-nest', 'consistent'], ['multi', 'consistent']],
  'dot-location': each('property', 'object'),
  'dot-notation': [[{ allowKeywords: false }]],
  'eol-last': alwaysOrNever,
  eqeqeq: [['always'], ['always', { null: 'ignore' }], ['smart'], ['always', { null: 'never' }]],
  'func-call-spacing': alwaysOrNever,
  'generator-star-spacing': each('before', 'after', 'both', 'neither'),
  indent: indents.flatMap((width) => [[width], [width, { SwitchCase: 1 }]]),
  'key-spacing': [],
  'lines-between-class-members': [...alwaysOrNever, ['always', { exceptAfterSingleLine: true }]],
  'linebreak-style': each('unix', 'windows'),
  'logical-assignment-operators': [['always'], ['always', { enforceForIfStatements: true }], ['never']],
  'multiline-ternary': each('always', 'always-multiline', 'never'),
  'new-parens': alwaysOrNever,
  'no-else-return': [[{ allowElseIf: false }]],
  'no-extra-parens': each('all', 'functions'),
  'no-multiple-empty-lines': [1, 2, 0].flatMap((max) => [[{ max }], [{ max, maxEOF: 0 }], [{ max, maxEOF: 0, maxBOF: 0 }]]),
  'no-unused-vars': [[{ args: 'none' }], [{ vars: 'local' }], [{ caughtErrors: 'none' }], [{ args: 'all' }]],
  'nonblock-statement-body-position': each('beside', 'below'),
  'object-curly-newline': [[{ consistent: true }], [{ multiline: true, consistent: true }], ...alwaysOrNever],
  'object-curly-spacing': alwaysOrNever,
  'object-shorthand': each('always', 'methods', 'properties', 'never', 'consistent'),
  'one-var': each('never', 'always', 'consecutive'),
  'operator-assignment': alwaysOrNever,
  'operator-linebreak': [...each('after', 'before', 'none'), ['after', { overrides: { '?': 'before', ':': 'before', '|>': 'before' } }]],
  'padded-blocks': alwaysOrNever,
  'prefer-const': [[{ destructuring: 'all' }]],
  'quote-props': each('as-needed', 'always', 'consistent', 'consistent-as-needed'),
  quotes: ['single', 'double', 'backtick'].flatMap((style) => [[style, { avoidEscape: true }], [style]]),
  semi: [['always'], ['never'], ['always', { omitLastInOneLineBlock: true }]],
  'semi-style': each('last', 'first'),
  'space-before-blocks': alwaysOrNever,
  'space-before-function-paren': [...alwaysOrNever, [{ anonymous: 'always', named: 'never', asyncArrow: 'always' }]],
  'space-in-parens': alwaysOrNever,
  'space-infix-ops': [],
  'spaced-comment': alwaysOrNever,
  strict: each('safe', 'global', 'function', 'never'),
  'template-curly-spacing': alwaysOrNever,
  'wrap-iife': each('outside', 'inside', 'any'),
  'yield-star-spacing': each('before', 'after', 'both', 'neither'),
  yoda: alwaysOrNever,
};

// What is suggested for these makes ESLint silent, or takes away what no proof here sees.
const UNWANTED = {
  'no-console': 'its suggestion takes output away, which nothing here can prove to be harmless',
  'no-empty': 'its suggestion is a comment, which only makes it silent',
  'no-empty-function': 'its suggestion is a comment, which only makes it silent',
  'no-empty-static-block': 'its suggestion is a comment, which only makes it silent',
  'require-await': 'its suggestion changes what callers wait for, which nothing here can prove to be harmless',
};

module.exports = { RECOMMENDED, OPTIONS, UNWANTED };
