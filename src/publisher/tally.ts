/** What was sent to all clients, kept along. */
export interface Tally {
  events: number
  frames: number
  bytes: number
}
