export { causeOfClose, causeOfRefusedOpening, causeOfStatus, SessionEnded } from './endings.ts'
export type { EvictionOptions } from './evictions.ts'
export { isKnownStatus } from './isKnownStatus.ts'
export { checkTuning, link, type LinkOptions, type LinkSources, type LinkTuning } from './link.ts'
export type { FrameRun, FrameSignal, LinkSignal, SessionStatus } from './linkSignal.ts'
export { fitLinks, type FittedLinks, type Merge, type Unplaced } from './budgets.ts'
export { planLinks, type LinkMode, type LinkNeed, type LinkPlan } from './planner.ts'
export { secret, type Secret } from './secret.ts'
export {
  SocketUsed,
  UpgradeRefused,
  type OpenSocket,
  type Socket,
  type SocketOptions,
  type SocketSignal,
} from './socket.ts'
export {
  subscriptions,
  type Refusal,
  type SubscriptionMessage,
  type Subscriptions,
  type SubscriptionsOptions,
} from './subscriptions.ts'
export { wsSocket } from './wsSocket.ts'
