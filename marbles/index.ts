export { type Happening, read, type Values } from './kit/diagram.ts'
export { difference, type RowNames } from './kit/difference.ts'
export { type EngineDrawing, engineMarbles } from './kit/engineMarbles.ts'
export {
  fairValue,
  letterEvent,
  type LetterEvent,
  letterEvents,
  letterValues,
  marketTimeMs,
  minuteBar,
  quote,
  secondBar,
  trade,
} from './kit/events.ts'
export { faultLetters, rejectLetters } from './kit/faults.ts'
export {
  assertIsolatedFrom,
  assertKeepsOrder,
  assertLosesNothing,
  assertLosesNothingSilently,
  type DrawingMatchers,
  type MatcherResult,
  matchers,
} from './kit/matchers.ts'
export { MarbleMismatch } from './kit/mismatch.ts'
export { type DrawnSource, operatorMarbles, type OperatorMarbles } from './kit/operatorMarbles.ts'
export {
  type EngineMarbles,
  type EnginePage,
  type Expectation,
  type Feed,
  type FrequencyExpectation,
  type PullOptions,
  stateLetters,
} from './kit/page.ts'
export { inTurn, seeded } from './kit/random.ts'
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
