/** What a replay plays on one link: frames, and where sessions were lost. Times are those of the recording, Unix ms. */
export type ReplayItem =
  | { readonly kind: 'frame'; readonly atMs: number; readonly bytes: Buffer }
  | { readonly kind: 'loss'; readonly atMs: number; readonly code: number; readonly message: string }

/** Items in order, as they are asked for. */
export interface ItemSource {
  /** The next one, which stays the next one until it is taken; undefined when none is there at the moment, or none will be. */
  peek(): ReplayItem | undefined
  take(): void
  /** Nothing comes any more. */
  readonly isOver: boolean
  /** Why nothing comes any more, where that is no proper end. */
  readonly failure: Error | undefined
  /** Calls once, when there is more, or it is over. */
  whenMore(told: () => void): void
  close(): void
}
