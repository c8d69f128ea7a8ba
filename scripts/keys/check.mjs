/*
 * Greps everything that the processes of the test suite wrote (TEST_OUTPUT_DIR, see tee.mjs) for the keys and tokens that its tests use.
 *
 *     node scripts/keys/check.mjs FOLDER
 *
 * Leaves with 0 when none is there, 1 when one is, 2 when there is nothing to look at: no output, or no keys. Never prints a key.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** In the tests: `apiKey: '…'`, `token = '…'`, `secret('…')`, `'--key', '…'`, `send('auth', '…')`. */
const patterns = [
  /(?:key|keyText|secret|token)['"]?\s*[:=]\s*['"`]([^'"`\n]+)['"`]/gi,
  /\bsecret\(\s*['"`]([^'"`\n]+)['"`]/g,
  /'--(?:key|http-token)',\s*['"`]([^'"`\n]+)['"`]/g,
  /\('auth',\s*['"`]([^'"`\n]+)['"`]/g,
  /\bBearer ([\w-]{8,})/g,
]

/** A word that stands in sentences too proves nothing; what is filled in later or masked is no key. */
const isTelling = (key) =>
  key.length >= 7 &&
  /[^a-z]/i.test(key) &&
  !/[()]/.test(key) &&
  !/\$\{|\*\*\*|_API_KEY/.test(key) &&
  !key.startsWith('not ')

const sources = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))

export const testKeys = () => {
  const keys = new Set(['key of T', 'key of AM', 'key of FMV'])
  for (const file of ['test', 'marbles', 'scripts'].flatMap((folder) => sources(join(root, folder)))) {
    if (file.includes(join('scripts', 'keys'))) continue
    const text = readFileSync(file, 'utf8')
    for (const pattern of patterns) for (const [, key] of text.matchAll(pattern)) if (isTelling(key)) keys.add(key)
  }
  return [...keys]
}

/** A key as people know it without giving it away. */
const masked = (key) => `${key.slice(0, 3)}…, ${key.length} characters`

export const keysIn = (text, keys) =>
  keys.flatMap((key) => {
    const at = text.indexOf(key)
    if (at === -1) return []
    const line = text.slice(0, at).split('\n').length
    return [{ key: masked(key), line }]
  })

const [folder] = process.argv.slice(2)
const keys = testKeys()
const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
const bytes = files.reduce((sum, { text }) => sum + text.length, 0)

if (bytes === 0 || keys.length < 10) {
  process.stderr.write(`nothing to look at: ${files.length} files with ${bytes} characters, ${keys.length} keys\n`)
  process.exitCode = 2
} else {
  const found = files.flatMap(({ name, text }) => keysIn(text, keys).map((one) => ({ name, ...one })))
  for (const { name, key, line } of found) process.stderr.write(`a key was printed: ${key}, in ${name} line ${line}\n`)
  process.stdout.write(
    `${keys.length} keys looked for in ${bytes} characters that ${files.length} processes wrote: ${found.length} found\n`,
  )
  process.exitCode = found.length > 0 ? 1 : 0
}
