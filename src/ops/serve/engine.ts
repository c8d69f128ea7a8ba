import type { Engine } from '../../engine.ts'

/** What the server needs of an engine. */
export type Operable = Pick<
  Engine,
  'epoch' | 'frequencies' | 'lane$' | 'health' | 'health$' | 'ledger' | 'timeline' | 'attach'
>
