export { fairMarketValue } from './fairMarketValue.ts'
export { limitUpLimitDown, type LimitUpLimitDown } from './limitUpLimitDown.ts'
export { perMinute } from './perMinute.ts'
export { perSecond } from './perSecond.ts'
