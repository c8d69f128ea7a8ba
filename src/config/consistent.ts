import type { FrequencySettings } from './engineOptions.ts'
import { problem, type Problem } from './problem.ts'
import type { Configuration, LinkConfiguration, PublisherConfiguration } from './shape.ts'

const timerMsMax = 2_147_483_647

export interface Consistent {
  readonly link: LinkConfiguration
  readonly publisher: PublisherConfiguration
  readonly problems: readonly Problem[]
}

type Where = (path: string) => { readonly source: string; readonly path: string }

/**
 * Numbers that have to fit one another. What is not given moves with what is: who pings every two minutes does not give a socket up
 * after one.
 */
export const consistent = (
  given: Configuration,
  frequencies: readonly FrequencySettings[],
  where: Where,
): Consistent => {
  const problems: Problem[] = []
  const needs = (holds: boolean, path: string, found: string, allowed: string): void => {
    if (!holds) problems.push(problem({ ...where(path), found, allowed }))
  }
  const { link = {}, publisher = {} } = given

  const pingMs = link.pingMs ?? (link.muteMs === undefined ? 25_000 : Math.min(25_000, link.muteMs / 2))
  const muteMs = link.muteMs ?? Math.min(Math.max(60_000, pingMs * 2.4), timerMsMax)
  needs(
    muteMs > pingMs,
    link.muteMs === undefined ? 'link.pingMs' : 'link.muteMs',
    `muteMs ${muteMs} and pingMs ${pingMs}`,
    'muteMs to be longer: a socket is given up only after a ping could be answered',
  )

  const grown = (
    path: string,
    first: number | undefined,
    cap: number | undefined,
    usual: readonly [number, number],
  ): readonly [number, number] => {
    const start = first ?? (cap === undefined ? usual[0] : Math.min(usual[0], cap))
    const most = cap ?? Math.max(usual[1], start)
    needs(
      most >= start,
      `${path}.capMs`,
      `capMs ${most} and a first wait of ${start}`,
      'capMs to be at least the first wait',
    )
    return [start, most]
  }
  const retry = grown('link.retry', link.retry?.initialMs, link.retry?.capMs, [1_000, 60_000])
  const askAgain = grown('link.askAgain', link.askAgain?.initialMs, link.askAgain?.capMs, [60_000, 900_000])
  const coolDown = grown('link.eviction', link.eviction?.coolDownMs, link.eviction?.capMs, [300_000, 1_800_000])

  const { frameBytesMax = 524_288, clientBytesMax = 16_777_216 } = publisher
  needs(
    clientBytesMax >= frameBytesMax,
    publisher.clientBytesMax === undefined ? 'publisher.frameBytesMax' : 'publisher.clientBytesMax',
    `clientBytesMax ${clientBytesMax} and frameBytesMax ${frameBytesMax}`,
    'clientBytesMax to be at least frameBytesMax: a client must be able to wait for one frame',
  )

  for (const { name, quietMs, staleMs } of frequencies) {
    needs(
      quietMs === undefined || staleMs === undefined || staleMs >= quietMs,
      `frequencies.${name}.staleMs`,
      `staleMs ${String(staleMs)} and quietMs ${String(quietMs)}`,
      'staleMs to be quietMs or more',
    )
  }

  const times = {
    ...(link.pingMs === undefined && link.muteMs === undefined ? {} : { pingMs, muteMs }),
    ...(link.retry === undefined ? {} : { retry: { ...link.retry, initialMs: retry[0], capMs: retry[1] } }),
    ...(link.askAgain === undefined ? {} : { askAgain: { initialMs: askAgain[0], capMs: askAgain[1] } }),
    ...(link.eviction === undefined
      ? {}
      : { eviction: { ...link.eviction, coolDownMs: coolDown[0], capMs: coolDown[1] } }),
  }
  return { link: { ...link, ...times }, publisher, problems }
}
