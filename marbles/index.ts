export { difference, type Happening, read, type Values } from './kit/diagram.ts'
export {
  engineMarbles,
  type EngineMarbles,
  type Expectation,
  type Feed,
  MarbleMismatch,
  type PullOptions,
  stateLetters,
} from './kit/engineMarbles.ts'
export {
  fairValue,
  letterEvent,
  type LetterEvent,
  letterEvents,
  marketTimeMs,
  minuteBar,
  quote,
  secondBar,
  trade,
} from './kit/events.ts'
export {
  scriptedVendor,
  type ScriptedVendor,
  type SendOptions,
  type Sent,
  type VendorScript,
  type Where,
} from './kit/scriptedVendor.ts'
export type { WireFrame, WireWatch } from './kit/vendor/connection.ts'
export type { AckRules, VendorRules } from './kit/vendor/rules.ts'
