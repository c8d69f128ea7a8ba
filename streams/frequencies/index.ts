export { fairMarketValue } from './fairMarketValue.ts'
export { perMinute } from './perMinute.ts'
export { perSecond } from './perSecond.ts'
