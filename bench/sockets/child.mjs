import { fork } from 'node:child_process'
import { join } from 'node:path'

/** A bench's other process: `tell` it something, wait until it has `told` something. It ends with this one. */
export const startChild = (name, args = [], execArgv = []) => {
  const child = fork(join(import.meta.dirname, `${name}.mjs`), args, { execArgv })
  const heard = []
  const waiting = []
  child.on('message', (message) => {
    const at = waiting.findIndex(({ is }) => is(message))
    if (at === -1) heard.push(message)
    else waiting.splice(at, 1)[0].resolve(message)
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${name} ended with ${code}`))
  })
  return {
    tell: (message) => child.send(message),
    /** The first message of that kind, and key, that has come or will. */
    told: (kind, key) => {
      const is = (message) => message.kind === kind && (key === undefined || message.key === key)
      const at = heard.findIndex(is)
      if (at !== -1) return Promise.resolve(heard.splice(at, 1)[0])
      return new Promise((resolve, reject) => waiting.push({ is, resolve, reject }))
    },
    end: () => child.disconnect(),
  }
}
