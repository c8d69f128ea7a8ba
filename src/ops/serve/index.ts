export type { Operable } from './engine.ts'
export { defaultOpsPort, type OpsOptions } from './options.ts'
export { type OpsServer, serveOps } from './serveOps.ts'
