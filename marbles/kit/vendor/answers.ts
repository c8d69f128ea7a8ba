import type { Connection } from './connection.ts'
import { matches, type VendorRules } from './rules.ts'

export interface Statement {
  readonly status: string
  readonly message?: string
  /** The pair that it acknowledges as subscribed. */
  readonly acknowledged?: string
}

/** Puts statuses on the wire, one frame. */
export const say = (connection: Connection, ...statements: readonly Statement[]): void => {
  if (statements.length === 0) return
  connection.frame(
    JSON.stringify(statements.map(({ status, message }) => ({ ev: 'status', status, message }))),
    [],
    statements.flatMap(({ acknowledged }) => acknowledged ?? []),
  )
}

/** What the vendor does about one message: `auth`, `subscribe`, `unsubscribe`. */
export const answer = (connection: Connection, text: string, rules: VendorRules, admitted: () => void): void => {
  const { action, params } = JSON.parse(text) as { readonly action: string; readonly params: string }
  if (action === 'auth') admit(connection, rules, admitted)
  else if (connection.isAuthenticated) acknowledge(connection, action === 'subscribe', params.split(','), rules)
}

const admit = (
  connection: Connection,
  { refusesKey = false, key = 'good' }: VendorRules,
  admitted: () => void,
): void => {
  const verdict = refusesKey ? 'refused' : key
  if (verdict === 'unanswered') return
  // In a later step of the same virtual moment, as a network would.
  connection.later(0, () => {
    if (verdict === 'good') {
      connection.isAuthenticated = true
      say(connection, { status: 'auth_success', message: 'authenticated' })
      admitted()
    } else if (verdict === 'refused') {
      say(connection, { status: 'auth_failed', message: 'authentication failed' })
      connection.later(0, () => {
        connection.drop()
      })
    } else {
      say(connection, { status: 'auth_timeout', message: 'No authentication request received.' })
      connection.close(1008)
    }
  })
}

const acknowledge = (
  connection: Connection,
  isSubscribe: boolean,
  pairs: readonly string[],
  { refuses, ignores, acks = {} }: VendorRules,
): void => {
  // What is held already is not answered again, what is not held is given back all the same.
  const asked = isSubscribe ? pairs.filter((pair) => !connection.channels.has(pair) && !matches(ignores, pair)) : pairs
  const granted = isSubscribe ? asked.filter((pair) => !matches(refuses, pair)) : []
  for (const pair of granted) connection.channels.add(pair)
  if (!isSubscribe) for (const pair of pairs) connection.channels.delete(pair)

  const answers = asked.map((pair): Statement => {
    if (!isSubscribe) return { status: 'success', message: `unsubscribed to: ${pair}` }
    if (!granted.includes(pair)) return { status: 'error', message: 'not authorized' }
    return { status: 'success', message: `subscribed to: ${pair}`, acknowledged: pair }
  })
  const statements = acks.isLost === true ? answers.filter(isError) : answers
  const ordered = inOrder(acks.isErrorShared === true ? withOneError(statements) : statements, acks.order)
  const repeated = ordered.flatMap((statement) => new Array<Statement>(acks.times ?? 1).fill(statement))
  connection.answers += 1
  connection.later((acks.lateMs ?? 0) + (acks.driftMs ?? 0) * connection.answers, () => {
    if (acks.isApart === true) for (const statement of repeated) say(connection, statement)
    else say(connection, ...repeated)
  })
}

const isError = ({ status }: Statement): boolean => status === 'error'

const withOneError = (statements: readonly Statement[]): readonly Statement[] => {
  const first = statements.find(isError)
  return statements.filter((statement) => statement === first || !isError(statement))
}

const inOrder = (
  statements: readonly Statement[],
  order: NonNullable<VendorRules['acks']>['order'] = 'asked',
): readonly Statement[] => {
  if (order === 'asked') return statements
  if (order === 'reversed') return [...statements].reverse()
  const [errors, others] = [statements.filter(isError), statements.filter((one) => !isError(one))]
  return order === 'errorsFirst' ? [...errors, ...others] : [...others, ...errors]
}
