import type { DrawingMatchers } from './index.ts'

// The pages see the matchers on the `expect` of jest, whether it is the global one or imported.
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends DrawingMatchers<R> {
    readonly received?: T
  }
}

declare global {
  namespace jest {
    interface Matchers<R> extends DrawingMatchers<R> {
      readonly received?: unknown
    }
  }
}
