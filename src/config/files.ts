import { text } from './kind.ts'
import { row, type Row } from './row.ts'

/** Where files are looked for when nobody names them. */
export const usualFiles = {
  own: 'tickstock.config.json',
  subscriptions: 'config/websocket_subscriptions.json',
  processing: 'config/processing_config.json',
  dotEnv: '.env',
} as const

const path = text('the path of a file')

/** The variables that name files. */
export const environmentFiles: readonly Row[] = [
  row('WEBSOCKET_SUBSCRIPTIONS_FILE', path, 'The subscriptions JSON.', {
    fallback: usualFiles.subscriptions,
    note: 'Named, it must be there; the usual one may be missing.',
    example: usualFiles.subscriptions,
  }),
  row('PROCESSING_CONFIG_FILE', path, 'The processing JSON.', {
    fallback: usualFiles.processing,
    note: 'Named, it must be there; the usual one may be missing.',
    example: usualFiles.processing,
  }),
  row('TICKSTOCK_CONFIG', path, 'Our own configuration file.', {
    fallback: usualFiles.own,
    note: 'Named, it must be there; the usual one may be missing.',
    example: usualFiles.own,
  }),
]
