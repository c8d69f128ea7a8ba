/*
 * Loaded into every process of the test suite by NODE_OPTIONS=--import: whatever it or a child of it writes to its standard output or error is also
 * appended to a file of its own in TEST_OUTPUT_DIR, for scripts/keys/check.mjs. Children inherit both.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'

const folder = process.env.TEST_OUTPUT_DIR
if (folder !== undefined && folder !== '') {
  const { writeSync, write } = fs
  const file = fs.openSync(join(folder, `${process.pid}.txt`), 'a')
  const keep = (data) => {
    try {
      writeSync(file, typeof data === 'string' || ArrayBuffer.isView(data) ? data : String(data))
    } catch {
      // The folder has gone: the suite is over, and this process outlives it.
    }
  }
  const isOutput = (fd) => fd === 1 || fd === 2

  // Streams of the process, and what writes to its descriptors beside them, as pino does.
  for (const stream of [process.stdout, process.stderr]) {
    const original = stream.write
    stream.write = function (data, ...rest) {
      keep(data)
      return original.call(this, data, ...rest)
    }
  }
  fs.writeSync = function (fd, data, ...rest) {
    if (isOutput(fd)) keep(data)
    return writeSync.call(this, fd, data, ...rest)
  }
  fs.write = function (fd, data, ...rest) {
    if (isOutput(fd)) keep(data)
    return write.call(this, fd, data, ...rest)
  }
  syncBuiltinESMExports()
}
