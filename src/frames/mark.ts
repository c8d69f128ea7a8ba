/**
 * What stands between the frames of a recorded file.
 *
 * - `recording`  the first line of each part
 * - `link`       which link a number means, before its first frame in each part, and again when its frequencies change
 * - `lost`       a session of that link ended here: what came before is above, what comes after is below
 * - `dropped`    here the recorder could not keep up, or not write: so much of that link is missing in the file, though the engine had it
 * - `end`        the last line of a part that was ended, not cut off; `continues`: there is another part
 */
export type Mark =
  | { readonly kind: 'recording'; readonly version: 1; readonly part: number; readonly startedMs: number }
  | {
      readonly kind: 'link'
      readonly link: number
      /** Host and path, without a key. */
      readonly id: string
      readonly frequencies: readonly string[]
      readonly eventTypes: readonly string[]
    }
  | {
      readonly kind: 'lost'
      readonly link: number
      /** As the engine gave it: `_tag`, `message`, sometimes a close code. */
      readonly cause: { readonly _tag: string; readonly message: string; readonly code?: number }
      /** Arrival of the last frame or pong before, Unix ms. */
      readonly lastHeardMs: number
    }
  | { readonly kind: 'dropped'; readonly link: number; readonly frames: number; readonly bytes: number }
  | { readonly kind: 'end'; readonly frames: number; readonly continues: boolean }

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isLink = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1
const isText = (value: unknown): value is string => typeof value === 'string'
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

type Shape = Readonly<Record<string, (value: unknown) => boolean>>

/** What a reader relies on; more may stand there. */
const shapes: Readonly<Record<Mark['kind'], Shape>> = {
  recording: { version: (value) => value === 1, part: isLink, startedMs: isNumber },
  link: { link: isLink, id: isText, frequencies: isTexts, eventTypes: isTexts },
  lost: {
    link: isLink,
    lastHeardMs: isNumber,
    cause: (value) =>
      typeof value === 'object' && value !== null && isText((value as { readonly message?: unknown }).message),
  },
  dropped: { link: isLink, frames: isNumber, bytes: isNumber },
  end: { frames: isNumber, continues: (value) => typeof value === 'boolean' },
}

/** A mark, a text that says what is wrong with it, or undefined for a kind that a later version may have brought. */
export const markOf = (value: Readonly<Record<string, unknown>>): Mark | string | undefined => {
  const { kind } = value
  if (typeof kind !== 'string') return 'a mark without its kind'
  if (!Object.hasOwn(shapes, kind)) return undefined
  const wrong = Object.entries(shapes[kind as Mark['kind']]).find(([field, fits]) => !fits(value[field]))
  if (wrong !== undefined) {
    const [field] = wrong
    return `a mark "${kind}" with ${field in value ? JSON.stringify(value[field]) : 'no'} ${field}`
  }

  // Each field that is named above has been looked at.
  return value as unknown as Mark
}
