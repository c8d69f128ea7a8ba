/** Returns what lets go of the signal, which may live longer than the engine. */
export const closeOn = (signal: AbortSignal | undefined, engine: { close(): Promise<void> }): (() => void) => {
  const close = (): void => void engine.close()
  if (signal?.aborted === true) close()
  else signal?.addEventListener('abort', close, { once: true })
  return () => {
    signal?.removeEventListener('abort', close)
  }
}
