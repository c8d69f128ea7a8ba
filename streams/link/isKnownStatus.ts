import { causeOfStatus } from './endings.ts'

/** The statuses that end nothing; those that do are in the table of endings. */
const others: ReadonlySet<string> = new Set(['connected', 'auth_success', 'auth_required', 'success', 'error'])

/**
 * Whether a status is one of the documented vocabulary. Any other ends nothing and is counted: the vendor may have a new word for
 * something that we ought to know.
 *
 * Source: docs/protocol.md, 3.
 */
export const isKnownStatus = (status: string): boolean =>
  others.has(status) || causeOfStatus({ ev: 'status', status }) !== undefined
