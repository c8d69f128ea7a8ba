export { ListenFailed, PortInUse } from '../listenErrors.ts'
export type { Bound, DeskHealth, PublisherCounts, PublisherHealth } from './health.ts'
export type { Emission, PublishOptions, SlowClient, Token } from './options.ts'
export { publish, type Publishable, type Publisher, type PublisherCloseOptions } from './publish.ts'
