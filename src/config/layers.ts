import { at, type Tree } from './rows.ts'

/** What one source says, and where each thing stands in it. */
export interface Layer {
  /** `environment`, `.env`, `config/websocket_subscriptions.json`, `command line`, `code`, `preset development`. */
  readonly name: string
  readonly tree: Tree
  /** How a path of the configuration is written in that source. */
  readonly pathIn: (path: string) => string
  /** Whether the frequencies that it names are those that run. */
  readonly lists: boolean
  /** Naming frequencies means several of them, without the master switch. */
  readonly isOwn: boolean
}

/** Where a value came from. */
export interface Origin {
  readonly source: string
  readonly path: string
}

export interface Merged {
  readonly tree: Tree
  /** By the path of each value. */
  readonly origins: ReadonlyMap<string, Origin>
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) === Object.prototype

/** Lays sources over one another, value by value; the first has the last word. Lists count as one value. */
export const merged = (layers: readonly Layer[]): Merged => {
  const origins = new Map<string, Origin>()
  const into = (below: Tree, above: Tree, layer: Layer, path: string): Tree => {
    const so: Record<string, unknown> = { ...below }
    for (const [name, value] of Object.entries(above)) {
      if (value === undefined || name === '__proto__') continue
      const place = path === '' ? name : `${path}.${name}`
      const there = so[name]
      if (isTree(value)) {
        so[name] = into(isTree(there) ? there : {}, value, layer, place)
      } else {
        so[name] = value
        origins.set(place, { source: layer.name, path: layer.pathIn(place) })
      }
    }
    return so
  }
  const tree = layers.toReversed().reduce<Tree>((so, layer) => into(so, layer.tree, layer, ''), {})
  return { tree, origins }
}

/** The names of frequencies that a layer says something about. */
export const namedIn = ({ tree }: Layer): readonly string[] => Object.keys(at(tree, 'frequencies') ?? {})
