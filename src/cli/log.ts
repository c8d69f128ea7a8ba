import { destination, pino } from 'pino'

import { type Logger, silent } from '../ops/logger.ts'
import { oneOf } from './options.ts'

const levels = ['off', 'error', 'warn', 'info', 'debug'] as const

/** What the parts say of themselves, beside what the command prints. */
export const logOption = oneOf(levels, {
  help: 'log of the parts as JSON lines on standard error, such as 2>tickstock.log',
  fallback: 'off',
})

/** No part logs a key; should one ever stand in a field under its own name, it is masked. */
const secrets = ['key', 'apiKey', 'businessApiKey', 'token', 'authorization']
const redact = { paths: [...secrets, ...secrets.map((name) => `*.${name}`)], censor: '***' }

/** Written at once, so that the last line before an end is there. */
export const loggerOf = (level: (typeof levels)[number]): Logger =>
  level === 'off' ? silent : pino({ level, base: null, redact }, destination({ fd: 2, sync: true }))
