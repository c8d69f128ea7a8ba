import { close, fdatasync, ftruncate, openSync, write } from 'node:fs'
import { promisify } from 'node:util'

/** A part that is being written. Each call may fail with what the system says. */
export interface PartFile {
  /** All of the bytes, from that place on. */
  readonly write: (bytes: Buffer, position: number) => Promise<void>
  /** What was written is on the disk, not only with the kernel. */
  readonly sync: () => Promise<void>
  readonly truncate: (bytes: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** Makes a file that is not there yet; fails with `EEXIST` when it is. */
export type OpenPart = (path: string) => PartFile

const writeAsync = promisify(write)

export const openPart: OpenPart = (path) => {
  const file = openSync(path, 'wx')

  return {
    write: async (bytes, position) => {
      // A full disk may take a part.
      for (let from = 0; from < bytes.length;) {
        const { bytesWritten } = await writeAsync(file, bytes, from, bytes.length - from, position + from)
        from += bytesWritten
      }
    },
    sync: () => promisify(fdatasync)(file),
    truncate: (bytes) => promisify(ftruncate)(file, bytes),
    close: () => promisify(close)(file),
  }
}
