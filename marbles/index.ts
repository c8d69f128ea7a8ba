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
export { scriptedVendor, type ScriptedVendor, type Sent, type VendorScript } from './kit/scriptedVendor.ts'
