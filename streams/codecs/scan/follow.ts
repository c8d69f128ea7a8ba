import { skipSpace } from './json.ts'

const comma = 0x2c
const closeList = 0x5d

/** Whether what stands at `end`, behind an element of a list, belongs there. */
export const isFollowed = (bytes: Uint8Array, end: number): boolean => {
  let next = bytes[end]
  if (next !== comma && next !== closeList) next = bytes[skipSpace(bytes, end)]
  return next === comma || next === closeList
}
