// What is compared: bare JSON.parse, validators over it, and ours. Each takes frames and does something with every event, so that
// nothing can be left out by the compiler.
import { fairMarketValue, minuteBar, secondBar, trade, createDecoder, builtInCodecs } from 'tickstock/streams'

const codecs = { T: trade, A: secondBar, AM: minuteBar, FMV: fairMarketValue }
const decode = createDecoder(builtInCodecs)

/** What everything adds to; printed at the end, so that it is needed. */
export const seen = { events: 0 }

const overElements = (take) => (frames) => {
  for (const frame of frames) for (const element of JSON.parse(frame.toString())) if (take(element)) seen.events += 1
}

export const bareJson = (frames) => {
  for (const frame of frames) seen.events += JSON.parse(frame.toString()).length
}

const ioTs = overElements((element) => codecs[element.ev].type.decode(element)._tag === 'Right')

const toBatch = (frames) => {
  for (const frame of frames) for (const batch of decode(frame).batches) seen.events += batch.length
}

const toEvents = (frames) => {
  for (const frame of frames) {
    for (const batch of decode(frame).batches)
      for (let i = 0; i < batch.length; i += 1) if (batch.at(i).symbol !== '') seen.events += 1
  }
}

/** As the engine takes small frames: those that one read has brought, up to what a turn takes, in one go. Each is asked for its block once, as there. */
export const toRuns = (frames) => {
  let run = []
  let bytes = 0
  let block
  const take = () => {
    if (run.length === 0) return
    for (const batch of decode.run(run).batches) seen.events += batch.length
    run = []
    bytes = 0
  }
  for (const frame of frames) {
    const { buffer } = frame
    if (bytes >= 32_768 || buffer !== block) take()
    block = buffer
    run.push(frame)
    bytes += frame.length
  }
  take()
}

/** The wire's fields as validators describe them: kind, and whether they must be there. */
const shapes = {
  T: {
    sym: 's',
    p: 'n',
    s: 'n',
    ds: 's?',
    x: 'i?',
    c: 'l?',
    z: 'i?',
    i: 's?',
    q: 'i?',
    t: 'i',
    pt: 'i?',
    trfi: 'i?',
    trft: 'i?',
  },
  AM: {
    sym: 's',
    o: 'n',
    h: 'n',
    l: 'n',
    c: 'n',
    v: 'n',
    dv: 's?',
    vw: 'n?',
    z: 'n?',
    s: 'i',
    e: 'i?',
    op: 'n?',
    av: 'n?',
    dav: 's?',
    a: 'n?',
  },
  FMV: { sym: 's', fmv: 'n', t: 'n' },
}
shapes.A = shapes.AM

const objectsOf = (kinds, optional, object) =>
  Object.fromEntries(
    Object.entries(shapes).map(([ev, shape]) => [
      ev,
      object(
        Object.fromEntries(
          Object.entries(shape).map(([key, kind]) => [
            key,
            kind.endsWith('?') ? optional(kinds[kind[0]]()) : kinds[kind[0]](),
          ]),
        ),
      ),
    ]),
  )

const zodPath = async () => {
  const { z } = await import('zod')
  const kinds = {
    s: () => z.string(),
    n: () => z.number(),
    i: () => z.number().int(),
    l: () => z.array(z.number().int()),
  }
  const schemas = objectsOf(
    kinds,
    (kind) => kind.optional(),
    (fields) => z.object(fields),
  )
  return overElements((element) => schemas[element.ev].safeParse(element).success)
}

const typeboxPath = async () => {
  // Its older name is in the tree of many a tool.
  const [{ Type }, { TypeCompiler }] = await Promise.all([
    import('@sinclair/typebox'),
    import('@sinclair/typebox/compiler'),
  ])
  const kinds = {
    s: () => Type.String(),
    n: () => Type.Number(),
    i: () => Type.Integer(),
    l: () => Type.Array(Type.Integer()),
  }
  const schemas = objectsOf(kinds, Type.Optional, (fields) => TypeCompiler.Compile(Type.Object(fields)))
  return overElements((element) => schemas[element.ev].Check(element))
}

/** A validator that may not be installed: then a word says so, and the rest goes on. */
const ifThere = async (name, make) => {
  try {
    return { [name]: await make() }
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    process.stdout.write(`${name}: not installed, left out\n`)
    return {}
  }
}

export const baseline = 'JSON.parse(buffer.toString())'
export const batchPath = 'tickstock, to a batch'
export const eventsPath = 'tickstock, every event built'

export const runsPath = 'tickstock, frames in one go'

export const ourPaths = { [baseline]: bareJson, [batchPath]: toBatch, [eventsPath]: toEvents }

export const allPaths = async () => ({
  ...ourPaths,
  'JSON.parse + io-ts': ioTs,
  ...(await ifThere('JSON.parse + zod', zodPath)),
  ...(await ifThere('JSON.parse + typebox, compiled', typeboxPath)),
})
