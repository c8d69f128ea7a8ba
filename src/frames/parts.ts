import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** `today.frames.gz` is `today` and `.frames.gz`. */
const nameParts = (name: string): readonly [stem: string, suffix: string] => {
  const [suffix = ''] = /(?:\.frames)?(?:\.[a-z]\w*)?$/i.exec(name) ?? []
  return suffix === name ? [name, ''] : [name.slice(0, name.length - suffix.length), suffix]
}

/** Part `n` of a recording: `today.frames.gz`, `today-2.frames.gz`, … */
export const partPath = (path: string, part: number): string => {
  if (part === 1) return path
  const [stem, suffix] = nameParts(basename(path))
  return join(dirname(path), `${stem}-${String(part)}${suffix}`)
}

/** The part behind part `n`, whose path this is; undefined where there is none, or the file has another name now. */
export const nextPartPath = (path: string, part: number): string | undefined => {
  const [stem, suffix] = nameParts(basename(path))
  const end = part === 1 ? '' : `-${String(part)}`
  if (!stem.endsWith(end)) return undefined
  const first = join(dirname(path), `${stem.slice(0, stem.length - end.length)}${suffix}`)
  const next = partPath(first, part + 1)
  return existsSync(next) ? next : undefined
}

/** The parts of a recording that are there, in order. */
export const partsOf = (path: string): readonly { readonly part: number; readonly path: string }[] => {
  const [stem, suffix] = nameParts(basename(path))
  const names = existsSync(dirname(path)) ? readdirSync(dirname(path)) : []
  const parts = names.flatMap((name) => {
    if (name === basename(path)) return [1]
    if (!name.startsWith(`${stem}-`) || !name.endsWith(suffix)) return []
    const number = name.slice(stem.length + 1, name.length - suffix.length)
    return /^[1-9]\d{0,8}$/.test(number) && number !== '1' ? [Number(number)] : []
  })
  return parts.sort((a, b) => a - b).map((part) => ({ part, path: partPath(path, part) }))
}
