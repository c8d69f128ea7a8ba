/**
 * The events in what a server of the vendor's protocol writes to one socket, as they go by: the answer to the upgrade, then
 * websocket frames, each one text with a list of flat objects. Statuses are left out.
 *
 * Written by hand and for this only: it must not share an error with the code under test.
 */
export const eventsIn = (take: (event: Uint8Array) => void): ((chunk: Buffer) => void) => {
  let isUpgraded = false
  let rest: Buffer = Buffer.alloc(0)

  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (!isUpgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end === -1) {
        rest = bytes
        return
      }
      isUpgraded = true
      bytes = bytes.subarray(end + 4)
    }

    let at = 0
    for (let frame = frameAt(bytes, at); frame !== undefined; frame = frameAt(bytes, at)) {
      if (frame.isText) elements(bytes.subarray(frame.from, frame.to), take)
      at = frame.to
    }
    // A copy: the rest of a chunk is small, the chunk is not.
    rest = Buffer.from(bytes.subarray(at))
  }
}

interface Place {
  readonly from: number
  readonly to: number
  readonly isText: boolean
}

/** Servers do not mask. */
const frameAt = (bytes: Buffer, at: number): Place | undefined => {
  if (bytes.length < at + 2) return undefined
  const short = (bytes[at + 1] as number) & 0x7f
  const from = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
  if (bytes.length < from) return undefined
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
  return bytes.length < from + length
    ? undefined
    : { from, to: from + length, isText: ((bytes[at] as number) & 0x0f) === 1 }
}

const status = Buffer.from('{"ev":"status"')
const [open, close] = Buffer.from('{}')

/** No element of the simulator has braces inside. */
const elements = (frame: Buffer, take: (event: Uint8Array) => void): void => {
  for (let from = frame.indexOf(open as number); from !== -1;) {
    const to = frame.indexOf(close as number, from) + 1
    if (to === 0) throw new Error('the simulator wrote an element without an end')
    if (frame.compare(status, 0, status.length, from, Math.min(from + status.length, frame.length)) !== 0) {
      take(frame.subarray(from, to))
    }
    from = frame.indexOf(open as number, to)
  }
}
