import fc from 'fast-check'

import { parseJsonText } from '../../src/config/jsonText.ts'

// Goal: JSON as people write it is read as JSON, and what is none says where, without repeating what stands there.
// Method: whatever JSON there is, with and without comments, against JSON.parse; and a table of what is wrong.

it('reads every JSON as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      expect(parseJsonText(text)).toEqual(JSON.parse(text))
    }),
    { numRuns: 200 },
  )
})

it('takes comments, and a comma behind the last', () => {
  const text = `\ufeff// one
  { /* two, "three": 3 */ "url": "wss://host/*not a comment*/", // four
    "list": [1, 2,], }
  // five`

  expect(parseJsonText(text)).toEqual({ url: 'wss://host/*not a comment*/', list: [1, 2] })
})

it.each([
  ['{ "a": 1 "b": 2 }', 'line 1, column 10: expected a comma or }'],
  ['{\n  "a": 1,\n  "a": 2\n}', 'line 3, column 3: expected each key once'],
  ['{ "a" 1 }', 'line 1, column 7: expected a colon'],
  ["{ 'a': 1 }", 'line 1, column 3: expected a key in double quotes'],
  [
    '{ "a": secret-key }',
    'line 1, column 8: expected a value: a text in double quotes, a number, true, false, null, [ or {',
  ],
  ['[1, 2', 'line 1, column 6: expected a comma or ]'],
  ['', 'line 1, column 1: expected a value: a text in double quotes, a number, true, false, null, [ or {'],
  ['{} {}', 'line 1, column 4: expected nothing more'],
  ['"a\nb"', 'line 1, column 1: expected a value: a text in double quotes, a number, true, false, null, [ or {'],
])('says what is wrong in %j, and where', (text, message) => {
  expect(() => parseJsonText(text)).toThrow(new Error(message))
})

it('does not go deeper than anybody writes', () => {
  expect(() => parseJsonText('['.repeat(100_000))).toThrow('line 1, column 103: expected at most 100 brackets')
})
