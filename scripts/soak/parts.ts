import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

import type { FromVendor } from './vendor.ts'

type Told<K> = Extract<FromVendor, { readonly kind: K }>

/** Starts one of the other processes. When that fails there is nothing left to measure, and this one ends. */
export const startPart = (name: 'vendor' | 'clients', ...args: readonly string[]): ChildProcess => {
  const child = fork(join(import.meta.dirname, `${name}.ts`), args)
  child.on('exit', (code, signal) => {
    if (code === 0) return
    process.stderr.write(`soak: ${name} ended with ${String(code ?? signal)}\n`)
    process.exit(1)
  })
  return child
}

/** The next message of that kind. */
export const told = <K extends FromVendor['kind']>(child: ChildProcess, kind: K): Promise<Told<K>> =>
  new Promise((resolve) => {
    const listen = (message: FromVendor): void => {
      if (message.kind !== kind) return
      child.off('message', listen)
      resolve(message as Told<K>)
    }
    child.on('message', listen)
  })
