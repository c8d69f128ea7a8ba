/** What the engine needs of a logger; pino's fits as it is. `fields` come first, the sentence last. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(bindings: Record<string, unknown>): Logger
}

const nothing = (): void => undefined

/** The default: an embedded library says nothing unless asked. */
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent }
