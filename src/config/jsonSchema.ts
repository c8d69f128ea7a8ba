import type { JsonSchema } from './kind.ts'
import { processingRows } from './processing.ts'
import { objectOfRows } from './rows.ts'
import { builtInProviders, type KnownProviders, shapeOf } from './shape.ts'
import { spellingsAt } from './spellings.ts'
import { subscriptionRows } from './subscriptions.ts'

/** The files that have a schema, and the names of theirs in the package's `schemas/`. */
export const schemaFiles = {
  own: 'tickstock.config.schema.json',
  subscriptions: 'websocket_subscriptions.schema.json',
  processing: 'processing_config.schema.json',
} as const

const titles = {
  own: 'tickstock.config.json: how a tickstock engine runs',
  subscriptions: 'websocket_subscriptions.json: which frequencies there are, and of what',
  processing: 'processing_config.json: batches, buffers and connections',
} as const

/** The codec of one of the JSON files. */
export const kindOfFile = (file: keyof typeof schemaFiles, known: KnownProviders = builtInProviders) =>
  file === 'own'
    ? shapeOf(known)
    : objectOfRows(file === 'subscriptions' ? subscriptionRows(known) : processingRows, spellingsAt)

/** Other spellings of a large field refer to it, instead of being it once more. */
const shortened = (schema: unknown, path: string): unknown => {
  if (Array.isArray(schema)) return schema.map((one, i) => shortened(one, `${path}/${String(i)}`))
  if (typeof schema !== 'object' || schema === null) return schema
  const seen = new Map<string, string>()
  return Object.fromEntries(
    Object.entries(schema).map(([name, inner]) => {
      const place = `${path}/${name}`
      const text = JSON.stringify(inner)
      const twin = path.endsWith('/properties') && text.length > 400 ? seen.get(text) : undefined
      seen.set(text, place)
      return [name, twin === undefined ? shortened(inner, place) : { $ref: twin }]
    }),
  )
}

/** A JSON Schema made of a file's codec, for editors and other validators. What a `${VAR}` stands for it cannot know. */
export const jsonSchemaOf = (file: keyof typeof schemaFiles, known: KnownProviders = builtInProviders): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: titles[file],
  // Editors take comments in such a file for a mistake unless its schema allows them.
  allowComments: true,
  allowTrailingCommas: true,
  ...(shortened(kindOfFile(file, known).schema, '#') as JsonSchema),
})
