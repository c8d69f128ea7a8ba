import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { families } from '../src/ops/serve/families.ts'

// Goal: the runbook, the alert rules and the dashboard speak of metrics, labels and sections that there are; what is shipped for running it for good runs unprivileged
// and starts what is built.
// Method: the files as text, against the table that `/metrics` is made of. No Prometheus here: what its parser would say is not asked.

const root = join(__dirname, '..')
const textOf = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8')

const alerts = textOf('docs', 'operations', 'alerts.yml')
const dashboard = JSON.parse(textOf('docs', 'operations', 'grafana.json')) as {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly targets: readonly { readonly expr: string }[]
  }[]
}
const runbook = textOf('docs', 'operations.md')
const byName = new Map(families.map((family) => [family.name, family]))

/** What Prometheus itself adds to each line. */
const ownLabels = ['job', 'instance']

/** Each metric of an expression with the labels that it is asked for. */
const metricsIn = (text: string): readonly { readonly name: string; readonly labels: readonly string[] }[] =>
  [...text.matchAll(/\b((?:tickstock|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', labels = '']) => ({
      name,
      labels: [...labels.matchAll(/([a-z_]+)=~?"/g)].map(([, label = '']) => label),
    }),
  )

const expectKnown = (where: string, text: string): void => {
  for (const { name, labels } of metricsIn(text)) {
    const family = byName.get(name)
    expect([where, name, family !== undefined]).toEqual([where, name, true])
    for (const label of labels) {
      expect([where, name, label, [...(family?.labels ?? []), ...ownLabels].includes(label)]).toEqual([
        where,
        name,
        label,
        true,
      ])
    }
  }
}

/** As Markdown makes them. */
const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set(
    [...page.matchAll(/^#{2,3} (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    ),
  )

const rules = alerts.split(/^ {6}- alert: /m).slice(1)

describe('alert rules', () => {
  it('are a rule each for what the runbook has', () => {
    expect(rules.length).toBeGreaterThan(15)
    const sections = [
      'evicted',
      'refused',
      'stale',
      'lagging-reader',
      'dropped',
      'drift',
      'quarantined',
      'gaps',
      'late',
      'clocks',
      'ledger',
    ]
    for (const section of sections)
      expect([section, alerts.includes(`runbook: operations.md#${section}\n`)]).toEqual([section, true])
  })

  it.each(rules.map((rule) => [rule.split('\n')[0] ?? '', rule] as const))(
    '%s asks for what there is, and says where to read on',
    (name, rule) => {
      const expr = /^ {8}expr: (.+)$/m.exec(rule)?.[1] ?? ''
      expect(rule).toMatch(/^ {8}for: \d+[smh]$/m)
      expect(rule).toMatch(/^ {8}labels: \{ severity: (critical|warning) \}$/m)
      expect(rule).toMatch(/^ {10}summary: '.+'$/m)
      expectKnown(name, expr)
      expect(expr).toMatch(/tickstock/)
      // What it is summed by, too.
      const known = new Set([
        ...metricsIn(expr).flatMap((metric) => byName.get(metric.name)?.labels ?? []),
        ...ownLabels,
      ])
      for (const [, label = ''] of rule.matchAll(/\$labels\.(\w+)/g))
        expect([name, label, known.has(label)]).toEqual([name, label, true])
      const anchor = /runbook: operations\.md#(\S+)/.exec(rule)?.[1] ?? ''
      expect([name, anchor, anchorsOf(runbook).has(anchor)]).toEqual([name, anchor, true])
    },
  )

  it('ask for words that are said', () => {
    const values = new Map<string, Set<string>>()
    for (const [, metric = '', label = '', value = ''] of alerts.matchAll(/(tickstock_\w+)\{(\w+)="([^"]+)"/g)) {
      values.set(`${metric} ${label}`, (values.get(`${metric} ${label}`) ?? new Set()).add(value))
    }
    const words = [...textOf('src', 'ops', 'serve', 'families.ts').matchAll(/'([a-z0-9.]+)'/g)].map(([, word]) => word)
    for (const [what, said] of values)
      for (const value of said) expect([what, value, words.includes(value)]).toEqual([what, value, true])
    expect(values.size).toBeGreaterThan(4)
  })
})

describe('the dashboard', () => {
  it('draws what there is, each panel once', () => {
    const { panels } = dashboard
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { title, targets } of panels) {
      expect([title, targets.length > 0]).toEqual([title, true])
      for (const { expr } of targets) expectKnown(title, expr)
    }
    // A counter is drawn by its growth.
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        expect([title, !expr.includes('_total') || /(rate|increase)\(/.test(expr)]).toEqual([title, true])
      }
    }
  })
})

describe('the runbook', () => {
  it('speaks of metrics that there are, and says of each symptom what it shows, what it means, and what to do', () => {
    expectKnown('operations.md', runbook)
    expect(metricsIn(runbook).length).toBeGreaterThan(20)
    const symptoms = runbook
      .slice(runbook.indexOf('## By symptom'), runbook.indexOf('## Running it for good'))
      .split(/^### /m)
      .slice(1)
    expect(symptoms.map((one) => one.split('\n')[0])).toEqual(
      expect.arrayContaining(['Evicted', 'Refused', 'Stale', 'Lagging reader', 'Dropped', 'Drift', 'Quarantined']),
    )
    for (const one of symptoms) expect(one).toMatch(/\*\*Shows\*\*[^]+\*\*Means\*\*[^]+\*\*Do\*\*/)
  })
})

describe('what is shipped to run it for good', () => {
  const { bin } = JSON.parse(textOf('package.json')) as { readonly bin: { readonly tickstock: string } }
  const container = textOf('examples', 'deploy', 'Containerfile')
  const unit = textOf('examples', 'deploy', 'tickstock.service')

  it('starts what is built, by options that there are', () => {
    expect(container).toContain(`/app/${bin.tickstock}`)
    expect(unit).toContain(`/opt/tickstock/${bin.tickstock} run `)
    const run = textOf('src', 'cli', 'commands', 'run.ts')
    const used = [
      ...`${container.slice(container.indexOf('CMD ["run"'))} ${/ExecStart=.*/.exec(unit)?.[0] ?? ''}`.matchAll(
        /--([a-z-]+)/g,
      ),
    ]
    expect(used.length).toBeGreaterThan(2)
    for (const [, option = ''] of used)
      expect([option, new RegExp(`^ {4}'?${option}'?: `, 'm').test(run)]).toEqual([option, true])
    for (const [, path = ''] of container.matchAll(/--from=build \/build\/(\S+)/g)) {
      // These two are made in the container.
      const isThere = ['node_modules', 'dist'].includes(path) || existsSync(join(root, path))
      expect([path, isThere]).toEqual([path, true])
    }
  })

  it('runs as a user without rights', () => {
    const last = container.slice(container.lastIndexOf('\nFROM '))
    expect(/^USER (\S+)$/m.exec(last)?.[1]).toBe('node')
    expect(last.indexOf('\nUSER ')).toBeLessThan(last.indexOf('\nENTRYPOINT '))
    expect(unit).toMatch(/^DynamicUser=yes$/m)
    expect(unit).toMatch(/^NoNewPrivileges=yes$/m)
    expect(unit).toMatch(/^CapabilityBoundingSet=$/m)
  })
})
