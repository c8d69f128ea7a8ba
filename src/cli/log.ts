import { destination, pino } from 'pino'

import { type Logger, silent } from '../ops/logger.ts'
import { oneOf } from './options.ts'

const levels = ['off', 'error', 'warn', 'info', 'debug'] as const

/** What the parts say of themselves, beside what the command prints. */
export const logOption = oneOf(levels, {
  help: 'log of the parts as JSON lines on standard error, such as 2>tickstock.log',
  fallback: 'off',
})

/** Written at once, so that the last line before an end is there. */
export const loggerOf = (level: (typeof levels)[number]): Logger =>
  level === 'off' ? silent : pino({ level, base: null }, destination({ fd: 2, sync: true }))
