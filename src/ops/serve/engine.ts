import type { Engine } from '../../engine.ts'

/** What the server needs of an engine. */
export type Operable = Pick<Engine, 'frequencies' | 'health' | 'ledger' | 'timeline' | 'attach'>
