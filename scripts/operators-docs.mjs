// docs/operators.md out of the doc comments of operators/, so that neither can say what the other does not.
//
//     node scripts/operators-docs.mjs            writes it
//     node scripts/operators-docs.mjs --check    fails where it is out of date, where an operator has no diagram, and where a diagram
//                                                is not that of the operator's first marble test
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { format, resolveConfig } from 'prettier'
import ts from 'typescript'

const root = join(import.meta.dirname, '..')
const target = join(root, 'docs', 'operators.md')
const rooms = [
  { name: 'flow', title: 'For any stream' },
  { name: 'market', title: 'For the market' },
]

/** A comment's own text, indentation within it kept. */
const textOf = (comment) =>
  comment
    .replace(/^\/\*\*\s?/, '')
    .replace(/\s*\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, (lead) => (lead.includes('*') ? '' : lead.trimStart())))
    .join('\n')
    .trim()

const commentOf = (node, source) => {
  const all = ts.getLeadingCommentRanges(source.text, node.pos) ?? []
  const last = all.filter(({ pos }) => source.text.startsWith('/**', pos)).at(-1)
  return last === undefined ? undefined : textOf(source.text.slice(last.pos, last.end))
}

const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
const squeezed = (text) =>
  text
    .replace(/\bNoInfer<(\w+)>/g, '$1')
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .replace(/,? \)/g, ')')
    .replace(/< /g, '<')
    .replace(/,? >/g, '>')

/** `(options: X): Y` as a caller sees it: without defaults, and what is taken apart by a name. */
const signatureOf = (name, { typeParameters, parameters, type }, source) => {
  const generics =
    typeParameters === undefined ? '' : `<${typeParameters.map((one) => one.getText(source)).join(', ')}>`
  const given = parameters.map((one) => {
    const label = ts.isIdentifier(one.name) ? one.name.text : 'options'
    const isOptional = one.initializer !== undefined || one.questionToken !== undefined
    return `${label}${isOptional ? '?' : ''}: ${one.type?.getText(source) ?? 'unknown'}`
  })
  return squeezed(`${name}${generics}(${given.join(', ')}): ${type?.getText(source) ?? 'unknown'}`)
}

const readOne = async (room, file) => {
  const path = join('operators', room, file)
  const source = ts.createSourceFile(file, await readFile(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
  const values = new Map()
  const shapes = new Map()
  for (const node of source.statements) {
    if (!isExported(node)) continue
    const doc = commentOf(node, source)
    if (ts.isVariableStatement(node)) {
      for (const { name, initializer } of node.declarationList.declarations) {
        const isFunction = initializer !== undefined && ts.isArrowFunction(initializer)
        values.set(name.text, { doc, signatures: isFunction ? [signatureOf(name.text, initializer, source)] : [] })
      }
    } else if (ts.isFunctionDeclaration(node) && node.name !== undefined) {
      const before = values.get(node.name.text) ?? { doc: undefined, signatures: [] }
      // The implementation behind overloads is none that a caller sees.
      const isSeen = node.body === undefined || before.signatures.length === 0
      const signatures = isSeen ? [...before.signatures, signatureOf(node.name.text, node, source)] : before.signatures
      values.set(node.name.text, { doc: before.doc ?? doc, signatures })
    } else if (ts.isInterfaceDeclaration(node)) {
      shapes.set(node.name.text, {
        doc,
        above: (node.heritageClauses ?? []).flatMap(({ types }) => types.map((one) => one.getText(source))),
        members: node.members.map((member) => ({
          text: squeezed(
            member
              .getText(source)
              .replace(/\/\*\*[\s\S]*?\*\//g, '')
              .replace(/\breadonly /g, ''),
          ),
          name: member.name?.getText(source),
          doc: commentOf(member, source),
        })),
      })
    }
  }
  return { room, name: basename(file, '.ts'), path, values, shapes }
}

/** What the door of a room lets out. */
const doorOf = async (room) => {
  const text = await readFile(join(root, 'operators', room, 'index.ts'), 'utf8')
  return [...text.matchAll(/export \{([^}]*)\}/g)].flatMap(([, names]) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type ')),
  )
}

const files = []
const doors = new Map()
for (const { name } of rooms) {
  doors.set(name, await doorOf(name))
  const all = (await readdir(join(root, 'operators', name))).filter((file) => file !== 'index.ts').sort()
  files.push(...(await Promise.all(all.map((file) => readOne(name, file)))))
}
const shapeOf = (name) => files.map(({ shapes }) => shapes.get(name)).find((shape) => shape !== undefined)

const membersOf = (name, without = []) => {
  const shape = shapeOf(name)
  if (shape === undefined) return []
  const own = shape.members.filter((member) => !without.includes(member.name))
  const above = shape.above.flatMap((text) => {
    const [inner] = [...text.matchAll(/\b([A-Z]\w+)</g)].map(([, found]) => found).filter((found) => found !== 'Omit')
    const left = [...text.matchAll(/'(\w+)'/g)].map(([, found]) => found)
    return membersOf(inner ?? text, [...without, ...left, ...shape.members.map((member) => member.name)])
  })
  return [...own, ...above]
}

const list = (name) =>
  membersOf(name)
    .map(({ text, doc }) => `- \`${text}\`${doc === undefined ? '' : `: ${doc.replace(/\n/g, ' ')}`}`)
    .join('\n')

/** Indented blocks become fenced ones, so that a diagram keeps its columns whatever stands around it. */
const proseOf = (doc) => {
  const out = []
  let isFenced = false
  for (const line of doc.split('\n')) {
    const isIndented = line.startsWith('    ')
    if (isIndented && !isFenced && (out.at(-1) ?? '') === '') {
      out.push('```text')
      isFenced = true
    } else if (isFenced && !isIndented && line !== '') {
      const blanks = []
      while (out.at(-1) === '') blanks.push(out.pop())
      out.push('```', ...blanks)
      isFenced = false
    }
    out.push(isFenced ? line.replace(/^ {4}/, '') : line.replace(/^@throws /, 'Throws '))
  }
  if (isFenced) out.push('```')
  return out.join('\n')
}

const firstSentence = (doc) => squeezed(/^[\s\S]*?[.:;](?=\s|$)/.exec(doc)?.[0] ?? doc).replace(/[:;]$/, '.')
const isOperator = ({ signatures, doc }) =>
  signatures.some((one) =>
    /\): (Mono(Type)?|)OperatorFunction</.test(one.replace('MonoTypeOperatorFunction', 'OperatorFunction')),
  ) && doc !== undefined

/** The diagrams of a doc comment's first block: tokens of nothing but marbles, two dashes at least among them. */
const diagramsOf = (doc) => {
  const [block = ''] = /(?:^|\n\n)((?: {4}.*(?:\n|$))+)/.exec(doc)?.slice(1) ?? []
  return block
    .split('\n')
    .flatMap((line) => line.split(/\s+/))
    .filter((token) => /^[-a-zA-Z()|#]+$/.test(token) && (token.match(/-/g) ?? []).length >= 2)
}

const operators = []
const others = []
for (const file of files) {
  for (const [name, value] of file.values) {
    if (!doors.get(file.room).includes(name)) continue
    if (isOperator(value)) operators.push({ ...file, name, ...value })
    else others.push({ ...file, name, ...value })
  }
}

const complaints = []
for (const { room, name, path, doc } of operators) {
  const page = join('marbles', 'operators', room, `${name}.marbles.ts`)
  const diagrams = diagramsOf(doc)
  if (diagrams.length < 2) complaints.push(`${path}: the doc comment of ${name} has no diagram of source and result`)
  const text = await readFile(join(root, page), 'utf8').catch(() => '')
  const [, first = ''] = text.split(/\n {2}it(?:\.each)?\(/)
  const drawn = first.replace(/ /g, '')
  for (const diagram of diagrams) {
    if (!drawn.includes(diagram)) complaints.push(`${page}: its first test does not draw ${diagram} of the doc comment`)
  }
}

const fenced = (lines) => ['```text', ...lines, '```'].join('\n')

const section = ({ room, name, path, doc, signatures, shapes }) => {
  const used = (text) => [...new Set([...text.matchAll(/\b([A-Z]\w+)\b/g)].map(([, found]) => found))]
  const options = used(signatures.join(' ')).filter((one) => one.endsWith('Options') && shapes.has(one))
  const given = [...shapes.keys()].filter((one) => !one.endsWith('Options'))
  return [
    `### ${name}`,
    fenced(signatures),
    proseOf(doc),
    ...options.slice(0, 1).flatMap((one) => ['Options:', list(one)]),
    ...given.flatMap((one) => [
      `\`${one}\`${shapeOf(one)?.doc === undefined ? '' : `: ${shapeOf(one).doc.replace(/\n/g, ' ')}`}`,
      list(one),
    ]),
    `[source](../${path}) · [marbles](../marbles/operators/${room}/${name}.marbles.ts)`,
  ].join('\n\n')
}

const beside = ({ name, path, doc, signatures }) =>
  [
    `### ${name}`,
    ...(signatures.length === 0 ? [] : [fenced(signatures)]),
    proseOf(doc ?? ''),
    `[source](../${path})`,
  ].join('\n\n')

const shared = (name, path) => [`### ${name}`, shapeOf(name).doc, list(name), `[source](../${path})`].join('\n\n')

const index = (room) => [
  '| operator | what it does |',
  '| --- | --- |',
  ...operators
    .filter((one) => one.room === room)
    .map(({ name, doc }) => `| [${name}](#${name.toLowerCase()}) | ${firstSentence(doc).replace(/\|/g, '\\|')} |`),
]

const text = [
  '# Operators',
  '<!-- Made by `npm run docs:operators` out of the doc comments of operators/. Change those. -->',
  `Ordinary RxJS operators, of \`tickstock/operators\`. They go behind a frequency, where they are supervised, or behind any Observable:`,
  [
    '```js',
    "import { perSecond } from 'tickstock'",
    "import { inSession, toBars } from 'tickstock/operators'",
    '',
    "perSecond({ tickers: '*' }).pipe(inSession('regular'), toBars({ widthMs: 60_000, ev: 'AM' }))",
    '```',
  ].join('\n'),
  [
    'What holds for all of them:',
    '',
    '- A diagram shows time from left to right, a character a millisecond: `-` nothing, a letter a value, `( )` several at one moment, `|` the end, `#` an error.',
    '- Everything bounded takes its bound as an option; a wrong one is a RangeError when the operator is built.',
    '- Time comes from an RxJS scheduler, so that a marble test decides it. What passes through is not copied.',
    '- A function of yours that throws is the operator’s error, also when a timer called it. Behind a frequency that costs the event being pushed and what the',
    '  instance held, and the next event finds a fresh one ([architecture](architecture.md#supervision)). Each `.pipe(…)` is supervised for itself: operators that',
    '  hold much and operators that may fail go into two of them, or into `isolate`.',
    '- What goes into a lane needs `ev` and `symbol`: `batchBy` and `staleAfter` are for `event$`, the others for both.',
    '- `meter`, `isolate`, `inSession` and the like take whole batches too, behind `.pipeBatches(…)`.',
  ].join('\n'),
  'Operators of your own are compositions of these and RxJS: [examples/12-detectors.mjs](../examples/12-detectors.mjs) finds highs, lows, trends and surges so.',
  ...rooms.flatMap(({ name, title }) => [`## ${title}`, index(name).join('\n')]),
  ...rooms.flatMap(({ name, title }) => [
    `## ${title}: the pages`,
    ...operators.filter((one) => one.room === name).map(section),
  ]),
  '## Beside them',
  'What operators take and give. `EventRefused`, which some throw, is in [models.md](models.md#refusals); the calendar, `sessionAt`, `marketDay` and `nextSessionChange`, is described in [operators/calendar.ts](../operators/calendar.ts).',
  ...others.map(beside),
  shared('Bar', 'operators/market/bar.ts'),
].join('\n\n')

const written = await format(`${text}\n`, {
  ...(await resolveConfig(target)),
  parser: 'markdown',
  embeddedLanguageFormatting: 'off',
})
const isCheck = process.argv.includes('--check')
if (isCheck && (await readFile(target, 'utf8').catch(() => '')) !== written) {
  complaints.push('docs/operators.md is not what the doc comments say: run npm run docs:operators')
}
if (!isCheck) await writeFile(target, written)
for (const complaint of complaints) process.stderr.write(`operators: ${complaint}\n`)
process.stdout.write(`operators: ${operators.length} of them, ${complaints.length} complaints\n`)
process.exitCode = complaints.length === 0 ? 0 : 1
