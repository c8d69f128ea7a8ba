import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { pageFolder } from './here.js'

/** One file of the page. */
export interface Asset {
  readonly path: string
  readonly type: string
  readonly bytes: Buffer
}

const files = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
] as const

/** The page, read once: all of it is here, so that it needs nothing from anywhere else. Rejects where it has not been built. */
export const readPage = async (): Promise<readonly Asset[]> => {
  try {
    return await Promise.all(
      files.map(async ({ path, file, type }) => ({ path, type, bytes: await readFile(join(pageFolder, file)) })),
    )
  } catch (error) {
    throw new Error('the page of the operations server has not been built: run `npm run build` first', { cause: error })
  }
}
