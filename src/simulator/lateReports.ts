/** A trade that has happened and waits for its report. */
export interface LateReport {
  readonly reportMs: number
  /** When it happened. */
  readonly atMs: number
  readonly ticker: number
  readonly priceCents: number
  readonly size: number
  readonly conditions: readonly number[]
  /** How far its `q` will be above the one before. */
  readonly gap: number
}

export interface LateReports {
  put(report: LateReport): void
  /** Those due in the step that begins at `startMs`, in the order of their reports; each is given once. */
  take(startMs: number): readonly LateReport[]
}

const none: readonly LateReport[] = []

/** Trades by the step in which they will be reported. Every step must be asked for: what is not taken stays. */
export const lateReports = (stepMs: number): LateReports => {
  const bySteps = new Map<number, LateReport[]>()

  return {
    put: (report) => {
      const step = Math.floor(report.reportMs / stepMs)
      const others = bySteps.get(step)
      if (others === undefined) bySteps.set(step, [report])
      else others.push(report)
    },
    take: (startMs) => {
      if (bySteps.size === 0) return none
      const step = Math.round(startMs / stepMs)
      const due = bySteps.get(step)
      if (due === undefined) return none

      bySteps.delete(step)
      return due.sort((one, other) => one.reportMs - other.reportMs)
    },
  }
}
