import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

type Files = Readonly<Record<string, unknown>>

export interface Folder {
  readonly path: string
  /** Writes files, over those that are there; `undo` removes them. */
  write(files: Files): { undo(): void }
  remove(): void
}

/** A folder of its own with some files in it. Objects are written as JSON. */
export const folderOf = (files: Files): Folder => {
  const path = mkdtempSync(join(tmpdir(), 'tickstock-config-'))
  const folder: Folder = {
    path,
    write: (others) => {
      for (const [name, content] of Object.entries(others)) {
        mkdirSync(dirname(join(path, name)), { recursive: true })
        writeFileSync(join(path, name), typeof content === 'string' ? content : JSON.stringify(content))
      }
      return {
        undo: () => {
          for (const name of Object.keys(others)) rmSync(join(path, name))
        },
      }
    },
    remove: () => {
      rmSync(path, { recursive: true, force: true })
    },
  }
  folder.write(files)
  return folder
}
