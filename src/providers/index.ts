export { polygon, type PolygonOptions } from './polygon.ts'
export { simulated, type SimulatedProvider } from './simulated.ts'
