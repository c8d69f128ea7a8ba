export { ListenFailed, PortInUse } from '../listenErrors.ts'
export type {
  Bound,
  ClientHealth,
  CohortHealth,
  DeskHealth,
  PublisherCounts,
  PublisherHealth,
  TickstockHealth,
} from './health.ts'
export type { Emission, PublishOptions, SlowClient, TickstockOptions, Token } from './options.ts'
export { publish, type Publishable, type Publisher, type PublisherCloseOptions } from './publish.ts'
export type {
  TickstockEvent,
  TickstockLists,
  TickstockMessage,
  TickstockStatus,
  TickstockTick,
} from './tickstock/message.ts'
