/** One fenced block of a document. */
export interface Block {
  /** The document, from the repository's root. */
  readonly file: string
  readonly line: number
  readonly language: string
  /** What stands behind the language: the name of a file, or a word about the block. */
  readonly words: readonly string[]
  readonly text: string
}

/** The fenced blocks of a document, in order. */
export const blocksOf = (file: string, document: string): readonly Block[] =>
  [...document.matchAll(/^```(\w+)([^\n`]*)\n(.*?)^```$/gms)].map(
    ({ index, 1: language = '', 2: info = '', 3: text = '' }) => ({
      file,
      line: document.slice(0, index).split('\n').length,
      language,
      words: info.trim() === '' ? [] : info.trim().split(/\s+/),
      text,
    }),
  )

/** The file that a block is to be written to, as in "```js bigMoves.mjs". */
export const nameOf = ({ words }: Block): string | undefined =>
  words.find((word) => /\.(?:mjs|js|ts|mts|json)$/.test(word))

const isScript = ({ language }: Block): boolean => ['js', 'ts'].includes(language)

const hasImports = ({ text }: Block): boolean => /^import /m.test(text)

/** What a document may say of a block that is whole and cannot be run: it needs a key, or the code around it. */
const isFragment = ({ words }: Block): boolean => words.includes('fragment')

/** A whole program: it is run as it stands. */
export const isProgram = (block: Block): boolean =>
  block.language === 'js' && hasImports(block) && !isFragment(block) && nameOf(block) === undefined

/** TypeScript that is whole: it is compiled. */
export const isTyped = (block: Block): boolean => block.language === 'ts' && hasImports(block) && !isFragment(block)

/** The files and commands of a tutorial: they build on each other, so they share a folder and run in order. */
export const stepsOf = (blocks: readonly Block[]): readonly Step[] =>
  blocks.flatMap((block, i): readonly Step[] => {
    const name = nameOf(block)
    if (name !== undefined && isScript(block)) return [{ kind: 'file', block, name }]
    const commands = block.text.split('\n').filter((line) => line.startsWith('node '))
    if (block.language !== 'sh' || !block.words.includes('run')) return []
    const said = blocks[i + 1]?.language === 'text' ? blocks[i + 1]?.text : undefined
    return commands.map((command, n) => ({
      kind: 'command',
      block,
      command,
      fails: block.words.includes('fails'),
      ...(said !== undefined && n === commands.length - 1 ? { said } : {}),
    }))
  })

export type Step =
  | { readonly kind: 'file'; readonly block: Block; readonly name: string }
  | {
      readonly kind: 'command'
      readonly block: Block
      readonly command: string
      readonly fails: boolean
      /** Lines that come in this order, others between them. */
      readonly said?: string
    }
