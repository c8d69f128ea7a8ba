import { sentence, type Reject } from '../../streams/codecs/reject.ts'
import { decodeFrame, type Decoded } from '../../streams/codecs/decodeFrame.ts'
import type { EventLike } from '../../streams/model.ts'

export const bytesOf = (text: string): Buffer => Buffer.from(text)

export const decodeText = (text: string): Decoded => decodeFrame(bytesOf(text))

export const eventsOf = ({ batches }: Decoded): readonly EventLike[] => batches.flatMap((batch) => [...batch])

/** The one event of a frame of one sound element. */
export const eventOf = (element: object | string): EventLike => {
  const decoded = decodeText(typeof element === 'string' ? element : JSON.stringify([element]))
  expect(decoded.rejects).toStrictEqual([])
  expect(decoded.elements).toBe(1)
  return decoded.batches[0]!.at(0)
}

/** The one reject of a frame of one bad element. */
export const rejectOfText = (element: object | string): Reject => {
  const decoded = decodeText(typeof element === 'string' ? `[${element}]` : JSON.stringify([element]))
  expect(decoded.batches).toStrictEqual([])
  expect(decoded.elements).toBe(1)
  return decoded.rejects[0]!
}

export const sentenceOf = (element: object | string): string => sentence(rejectOfText(element))

export const countOf = ({ batches, statuses, rejects }: Decoded): number =>
  batches.reduce((sum, { length }) => sum + length, 0) + statuses.length + rejects.length
