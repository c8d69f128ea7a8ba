// Beside the sources: what the build has made. The build writes another one of these beside each compiled copy.
import { fileURLToPath } from 'node:url'

export const pageFolder = fileURLToPath(new URL('../../../../dist/page/', import.meta.url))
