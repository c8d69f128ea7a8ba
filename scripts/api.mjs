// The public face, door by door, as text: docs/api/. `npm run api` writes it, `npm run api -- --check` fails when it is stale.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'

const root = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const reports = join(root, 'docs', 'api')

const doors = Object.entries(manifest.exports).flatMap(([door, conditions]) =>
  door === './package.json'
    ? []
    : [{ name: door === '.' ? manifest.name : door.slice(2), types: conditions.import.types }],
)

/** The report of one door, and what api-extractor has against it. */
const reportOf = ({ name, types }, folder) => {
  const complaints = []
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(root, 'api-extractor.json'),
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'ES2023',
            lib: ['ES2023', 'ESNext.Disposable'],
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            types: ['node'],
            strict: true,
            exactOptionalPropertyTypes: true,
            allowImportingTsExtensions: true,
            noEmit: true,
            skipLibCheck: true,
          },
          files: [join(root, types)],
        },
      },
      apiReport: { enabled: true, reportFileName: name, reportFolder: folder, reportTempFolder: join(folder, 'temp') },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: {
          default: { logLevel: 'error' },
          'ae-missing-release-tag': { logLevel: 'none' },
          'ae-forgotten-export': { logLevel: 'none' },
          'ae-undocumented': { logLevel: 'none' },
          'ae-unresolved-link': { logLevel: 'none' },
        },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  })
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      // That the report is new in this folder is what we wanted.
      const isNew = message.messageId === 'console-api-report-created'
      if (!isNew && ['error', 'warning'].includes(message.logLevel)) complaints.push(message.text)
      message.handled = true
    },
  })
  return complaints
}

const folder = await mkdtemp(join(tmpdir(), 'tickstock-api-'))
try {
  await mkdir(reports, { recursive: true })
  const stale = []
  for (const door of doors) {
    const complaints = reportOf(door, folder)
    if (complaints.length > 0) throw new Error(`${door.name}: ${complaints.join('\n')}`)
    const file = `${door.name}.api.md`
    const made = await readFile(join(folder, file), 'utf8')
    const kept = await readFile(join(reports, file), 'utf8').catch(() => '')
    if (made === kept) continue
    stale.push(file)
    if (!values.check) await writeFile(join(reports, file), made)
  }
  if (values.check && stale.length > 0) {
    throw new Error(
      `the public face has changed, and docs/api/ does not say so: ${stale.join(', ')}. npm run api writes it`,
    )
  }
  process.stdout.write(`api: ${doors.length} doors, ${stale.length} reports written\n`)
} catch (error) {
  process.stderr.write(`api: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
