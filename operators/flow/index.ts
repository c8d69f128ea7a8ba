export { retryBackoff, type RetryBackoffOptions, type RetryWait } from './retryBackoff.ts'
