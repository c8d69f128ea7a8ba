import { isDeepStrictEqual } from 'node:util'

import { asyncScheduler, distinctUntilChanged, map, merge, type Observable } from 'rxjs'

import type { EventLike, StreamState } from '../../streams/model.ts'
import type { Stream } from '../../streams/stream.ts'
import type { Logger } from '../ops/logger.ts'
import { listOf } from '../ops/words.ts'
import { backfill } from './backfill.ts'
import type { Control } from './control.ts'
import { deadLetterText, gapLine, linkLine, stateLine, write } from './lines.ts'
import type { LinkControl } from './links.ts'

export interface WatchOptions {
  readonly stream: Stream
  readonly control: Control
  readonly logger: Logger
  /** The latest state of each frequency. */
  readonly states: Map<string, StreamState>
  readonly encode: (event: EventLike) => Buffer
  readonly end$: Observable<unknown>
}

/** Subscribes all that a stream says: into lanes, ledger, counts and log. Ends with the stream. */
export const watchStream = ({ stream, control, logger, states, encode, end$ }: WatchOptions): void => {
  const { name, meters } = stream
  const { counts, bury, recent, row } = control
  const log = logger.child({ frequency: name })

  row('stream', name, () => ({ ...meters.at(0) }))
  row('output', name, () => {
    const last = meters.output()
    return { emitted: last.emitted, toLanes: counts.toLanes, refused: last.refused + counts.refused }
  })
  let rows = 1
  // A later row of operators may be longer.
  control.stages$.subscribe((stages) => {
    for (; rows < stages.length; rows += 1) {
      const i = rows
      row('pipe', `${name}/${String(i)}`, () => ({ ...meters.at(i) }))
    }
  })

  stream.output$.subscribe(control.take)
  merge(stream.deadLetter$, control.deadLetter$).subscribe((deadLetter) => {
    bury(deadLetter)
    const { reason, error } = deadLetter
    log.warn({ reason, err: error }, deadLetterText(name, reason))
  })
  stream.reject$.subscribe((reject) => {
    counts.rejected += 1
    recent.reject(reject)
  })
  let openGap = ''
  stream.gap$.subscribe((gap) => {
    // One that another provider takes over in is told once more.
    const isNew = gap.toMs === undefined && gap.id !== openGap
    if (isNew) {
      counts.gaps += 1
      openGap = gap.id
    }
    recent.gap(gap)
    for (const lane of control.lanes()) lane.markHole(gap)
    write(log, { gap }, gapLine(gap, { isNew, isAskedFor: control.frequency.options.onGap !== undefined }))
  })
  stream.gap$
    .pipe(
      backfill({
        frequency: name,
        onGap: () => control.frequency.options.onGap,
        encode,
        take: control.takeBackfilled,
        bury: control.lose,
        now: () => asyncScheduler.now(),
        end$,
      }),
    )
    .subscribe()
  stream.state$.subscribe((state) => {
    const { word, reason, isOverBudget = false } = state
    const nowMs = asyncScheduler.now()
    if ((states.get(name)?.isOverBudget ?? false) !== isOverBudget) budgetLine(log, stream, control, isOverBudget)
    if (states.get(name)?.word !== word) {
      counts.sinceMs = nowMs
      const line = stateLine(name, state, { staleMs: control.frequency.staleMs, nowMs })
      // What it is before it was ever anything else is no change.
      write(log, { word, reason }, states.has(name) ? line : { ...line, level: 'debug' })
    }
    states.set(name, state)
  })
}

/** One line per state of a link, and per set of refused channels. */
export const watchLink = ({ id, wire }: LinkControl, logger: Logger): void => {
  const log = logger.child({ link: id })
  wire.state$.subscribe((state) => {
    write(log, { state }, linkLine(id, state, asyncScheduler.now()))
  })
  wire.channels$
    .pipe(
      map(({ refused }) => [...refused].sort()),
      distinctUntilChanged((a, b) => isDeepStrictEqual(a, b)),
    )
    .subscribe((refused) => {
      if (refused.length > 0)
        log.warn(
          { refused: refused.slice(0, 20), count: refused.length },
          `the vendor refuses ${listOf(refused)}; they are asked for again`,
        )
    })
}

const budgetLine = (log: Logger, { times }: Stream, { frequency }: Control, isOverBudget: boolean): void => {
  const { budgetMs } = frequency
  if (isOverBudget) {
    const { brokenMs, broken } = times
    log.warn({ budgetMs, tookMs: brokenMs, broken }, 'the operators took more of a second than their time budget')
  } else log.info({ budgetMs }, 'the operators keep their time budget again')
}
