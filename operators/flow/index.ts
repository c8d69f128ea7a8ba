export { batchBy, type BatchByOptions } from './batchBy.ts'
export { conflateBy, type ConflateByOptions } from './conflateBy.ts'
export { retryBackoff, type RetryBackoffOptions, type RetryVerdict, type RetryWait } from './retryBackoff.ts'
export { throttleByKey, type ThrottleByKeyOptions } from './throttleByKey.ts'
