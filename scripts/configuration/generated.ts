import { join } from 'node:path'

import { format, resolveConfig } from 'prettier'

import { jsonSchemaOf, schemaFiles } from '../../src/config/jsonSchema.ts'
import { configurationPage } from './page.ts'

/** Every generated file by its path, as it is committed. */
export const generated = async (root: string): Promise<Readonly<Record<string, string>>> => {
  const kinds = Object.keys(schemaFiles) as (keyof typeof schemaFiles)[]
  const schemas = kinds.map(async (kind) => {
    const path = `schemas/${schemaFiles[kind]}`
    const options = await resolveConfig(join(root, path))
    return [path, await format(JSON.stringify(jsonSchemaOf(kind)), { ...options, filepath: path })] as const
  })
  // The page as it is: its tables, padded, would be mostly spaces.
  return { 'docs/configuration.md': configurationPage(), ...Object.fromEntries(await Promise.all(schemas)) }
}
