import { minuteBar } from '../codecs/minuteBar.ts'
import { defineFrequency } from '../defineFrequency.ts'

/**
 * Minute bars (`AM`): one per ticker and minute with a qualifying trade, around the turn of the minute; sent again as a
 * revision when late trades arrive.
 *
 * Source: docs/protocol.md, AM.
 */
export const perMinute = defineFrequency({
  name: 'per_minute',
  codecs: [minuteBar],
  quietMs: 130_000,
  staleMs: 300_000,
  speaks: 'extended',
})
