export { polygon, type PolygonOptions } from './polygon.ts'
export {
  type BuiltInProviders,
  createProviderRegistry,
  type ProviderMaker,
  type ProviderMakers,
  type ProviderRegistry,
  providers,
} from './registry.ts'
export { replay, type ReplayOptions, type ReplayProgress, type ReplayProvider, type ReplayReport } from './replay.ts'
export { simulated, type SimulatedProvider } from './simulated.ts'
