/** A browser says with each websocket which page opened it; programs say nothing. */
export type OriginCheck = (origin: string | undefined, host: string | undefined) => boolean

const hostnameOf = (url: string): string | undefined => {
  try {
    return new URL(url).hostname
  } catch {
    return undefined
  }
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\.[\d.]+$/.test(hostname)

const isAddress = (hostname: string): boolean => hostname.startsWith('[') || /^[\d.]+$/.test(hostname)

/**
 * Which pages may connect. Any page on the web can open `ws://127.0.0.1:8787` in the browser of somebody who runs a publisher there,
 * and would read everything: so a page is let in only if it is listed, or
 *
 *     no Origin                                  a program, not a page
 *     http://localhost:3000, http://127.0.0.1    a page from this machine
 *     http://192.0.2.7, for Host: 192.0.2.7      a page from the same host, by address
 *     http://feed.example, for host: that name   a page from the same host, by the name the publisher was given
 *
 * A name in the Host header alone is no proof: whoever owns a name can point it at any address. `null`, a page from a file
 * or in a sandbox, may be anybody and has to be listed. `*` lets everybody in.
 */
export const originCheck = (origins: readonly string[] | undefined, ownHost: string): OriginCheck => {
  const listed = new Set(origins?.map((origin) => origin.toLowerCase()))

  return (origin, host) => {
    if (origin === undefined || listed.has('*') || listed.has(origin.toLowerCase())) return true
    const page = hostnameOf(origin)
    if (page === undefined || page === '') return false
    if (isLoopback(page)) return true
    const asked = hostnameOf(`http://${host ?? ''}`)
    return page === asked && (isAddress(page) || page === hostnameOf(`http://${ownHost}`))
  }
}
