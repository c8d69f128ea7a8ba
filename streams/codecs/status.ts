import { defineCodec, type EventOf } from './defineCodec.ts'
import { optional, required, text } from './field.ts'

/**
 * What the server says about the session: answers to auth and subscribe, warnings, last words.
 *
 *     { "ev": "status", "status": "auth_success", "message": "authenticated" }
 *
 * - `status`  act on this; values unknown to us are passed on like any other
 * - `message` prose for the log; can be missing, changes over the years, can end in a stray space
 *
 * No market event: it has neither ticker nor time. Other fields are ignored.
 *
 * Source: docs/protocol.md, section 3.
 */
export const status = defineCodec({
  ev: 'status',
  fields: {
    /** `connected`, `auth_success`, `success`, `error`, `max_connections`, … */
    status: required('status', text),
    /** The vendor's words. */
    message: optional('message', text),
  },
})

export type Status = EventOf<typeof status>
