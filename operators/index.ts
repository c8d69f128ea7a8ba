export * from './flow/index.ts'
export * from './market/index.ts'
export * from './calendar.ts'
