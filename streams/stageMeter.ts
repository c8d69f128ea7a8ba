/** The figures of one stage of operators, kept up to date by `supervise`. Events. */
export interface StageMeter {
  offered: number
  passed: number
  deadLettered: number
  inHand: number
  emitted: number
  refused: number
  restarts: number
}

export const stageMeter = (): StageMeter => ({
  offered: 0,
  passed: 0,
  deadLettered: 0,
  inHand: 0,
  emitted: 0,
  refused: 0,
  restarts: 0,
})
