const escape = String.fromCharCode(27)
/** What colours a text on a terminal: it takes no room. */
const colours = new RegExp(`(${escape}\\[[\\d;]*m)`)

export const colour = (code: number, text: string): string => `${escape}[${String(code)}m${text}${escape}[0m`

/** How much room a text takes. */
export const roomOf = (text: string): number =>
  text.split(colours).reduce((sum, part, i) => (i % 2 === 1 ? sum : sum + part.length), 0)

/** As much of a line as fits, its colours whole; what was cut ends in an ellipsis. */
export const fit = (line: string, width: number): string => {
  if (roomOf(line) <= width) return line
  let left = Math.max(width - 1, 0)
  const kept = line.split(colours).map((part, i) => {
    if (i % 2 === 1) return part
    const piece = part.slice(0, left)
    left -= piece.length
    return piece
  })
  return `${kept.join('')}…`
}
