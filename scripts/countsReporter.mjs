import { writeFileSync } from 'node:fs'

/** Leaves the counts of a run as JSON at `TEST_COUNTS_FILE`, when that is set. A suite that does not load counts as a failure. */
export default class CountsReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites }) {
    const file = process.env.TEST_COUNTS_FILE
    if (file === undefined) return
    const counts = {
      passed: numPassedTests,
      failed: numFailedTests + numRuntimeErrorTestSuites,
      skipped: numPendingTests,
    }
    writeFileSync(file, JSON.stringify(counts))
  }
}
