import { fc, test } from '@fast-check/jest'

import { split } from '../../streams/codecs/split.ts'
import { bytesOf } from './frames.ts'

/** The elements as text, and how and where it broke. */
const pieces = (
  text: string,
): { readonly elements: readonly string[]; readonly broken?: string; readonly rest?: string } => {
  const bytes = bytesOf(text)
  const { ranges, broken } = split(bytes)
  const elements: string[] = []
  for (let i = 0; i < ranges.length; i += 2) elements.push(bytes.toString('utf8', ranges[i], ranges[i + 1]))
  return broken === undefined
    ? { elements }
    : { elements, broken: broken.why, rest: bytes.toString('utf8', broken.from) }
}

describe('split', () => {
  it.each([
    ['[]', []],
    [' [ \n] \t', []],
    ['[{}]', ['{}']],
    ['[{},{}]', ['{}', '{}']],
    ['\ufeff [ {"a" : 1} ,\r\n\t{"b":[1,{"c":2}]} ] \n', ['{"a" : 1}', '{"b":[1,{"c":2}]}']],
    ['{"a":1}', ['{"a":1}']],
    [' {"a":{"b":[]}} ', ['{"a":{"b":[]}}']],
    ['[1,null,"x",[{}],true]', ['1', 'null', '"x"', '[{}]', 'true']],
    ['[{},,{}]', ['{}', '', '{}']],
    ['[,]', ['', '']],
    ['[{},]', ['{}', '']],
    [String.raw`[{"a":"],[}{\"\\"},{"b":"\\\""}]`, [String.raw`{"a":"],[}{\"\\"}`, String.raw`{"b":"\\\""}`]],
    ['[{"a":1}x,{}]', ['{"a":1}x', '{}']],
    ['[{"ä":"€😀"},{}]', ['{"ä":"€😀"}', '{}']],
  ])('finds the elements of %j', (text, elements) => {
    expect(pieces(text)).toStrictEqual({ elements })
  })

  it.each([
    ['', [], 'nothing', ''],
    ['  ', [], 'nothing', ''],
    ['null', [], 'neither a list nor an object', 'null'],
    ['"[]"', [], 'neither a list nor an object', '"[]"'],
    ['[', [], 'the end of the frame inside an element', ''],
    ['[{}', [], 'the end of the frame inside an element', '{}'],
    ['[{},', ['{}'], 'the end of the frame inside an element', ''],
    ['[{},{"a":1', ['{}'], 'the end of the frame inside an element', '{"a":1'],
    ['[{},{"a":"]', ['{}'], 'the end of the frame inside an element', '{"a":"]'],
    ['[{},{"a":"\\', ['{}'], 'the end of the frame inside an element', '{"a":"\\'],
    ['[{},{"a":[1},{}]', ['{}'], 'a bracket that closes nothing at byte 11', '{"a":[1},{}]'],
    ['[{},}]', ['{}'], 'a bracket that closes nothing at byte 4', '}]'],
    ['[{}] x', ['{}'], 'text after the end', 'x'],
    ['[{}][{}]', ['{}'], 'text after the end', '[{}]'],
    ['[]]', [], 'text after the end', ']'],
    ['{} {}', ['{}'], 'text after the end', '{}'],
    ['{"a":1', [], 'the end of the frame inside an element', '{"a":1'],
    ['{]', [], 'a bracket that closes nothing at byte 1', '{]'],
  ])('delivers what is whole of %j', (text, elements, broken, rest) => {
    expect(pieces(text)).toStrictEqual({ elements, broken, rest })
  })

  test.prop([fc.array(fc.json(), { minLength: 1 }), fc.constantFrom('', ' ', '\n\t')])(
    'finds any JSON values again',
    (values, gap) => {
      const text = `[${gap}${values.join(`${gap},${gap}`)}${gap}]`

      expect(pieces(text)).toStrictEqual({ elements: values.map((value) => value.trim()) })
    },
  )

  it('passes a million open brackets', () => {
    const deep = 1_000_000

    expect(pieces(`[{},${'['.repeat(deep)}${']'.repeat(deep)}]`).elements).toHaveLength(2)
    expect(pieces(`[{},${'['.repeat(deep)}`).broken).toBe('the end of the frame inside an element')
  })
})
