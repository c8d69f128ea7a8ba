export { ListenFailed, PortInUse } from './errors.ts'
export type { Bound, DeskHealth, PublisherHealth } from './health.ts'
export type { Emission, PublishOptions } from './options.ts'
export { publish, type Publishable, type Publisher, type PublisherCloseOptions } from './publish.ts'
