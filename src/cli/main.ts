#!/usr/bin/env node
import { run } from './cli.ts'
import { processIo } from './io.ts'

void run(process.argv, processIo()).then((code) => {
  // Not exit: what was written may still be on its way, and nothing of ours holds the loop.
  process.exitCode = code
})
