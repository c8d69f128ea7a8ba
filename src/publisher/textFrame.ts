export interface TextFrame {
  /** Header and payload, as they go over the network. */
  readonly whole: Buffer
  /** The part of it that the text goes into. */
  readonly payload: Buffer
}

const finalText = 0x81
/** RSV1: the payload is compressed. */
const compressedBit = 0x40
const sixteenBits = 126
const sixtyFourBits = 127

/**
 * One unfragmented, unmasked websocket text frame with room for so many bytes.
 *
 *     81 | length < 126        | payload
 *     81 | 126 | 2 bytes length | payload
 *     81 | 127 | 8 bytes length | payload
 *
 * Made here so that a frame is built, and compressed, once for all who get it: `ws` would frame it again for each.
 *
 * Source: RFC 6455, section 5.2; RFC 7692, section 6 for the bit.
 */
export const textFrame = (length: number, isCompressed = false): TextFrame => {
  const headerLength = length < sixteenBits ? 2 : length < 65_536 ? 4 : 10
  const whole = Buffer.allocUnsafe(headerLength + length)
  whole[0] = isCompressed ? finalText | compressedBit : finalText
  if (headerLength === 2) {
    whole[1] = length
  } else if (headerLength === 4) {
    whole[1] = sixteenBits
    whole.writeUInt16BE(length, 2)
  } else {
    whole[1] = sixtyFourBits
    whole.writeUInt16BE(0, 2)
    whole.writeUIntBE(length, 4, 6)
  }
  return { whole, payload: whole.subarray(headerLength) }
}
