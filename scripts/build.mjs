// Both module formats from one set of sources: ESM to dist/esm, CommonJS to dist/cjs.
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
// Compiled aside and moved in one step: whoever runs from dist/ meanwhile keeps a whole one.
const staged = join(root, `.build-${process.pid}`)
const tsc = join(root, 'node_modules', '.bin', 'tsc')

const compile = (format) =>
  new Promise((resolve) => {
    const flags = ['-p', `tsconfig.${format}.json`, '--outDir', join(staged, format)]
    execFile(tsc, flags, { cwd: root, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ format, ok: error === null, said: (stdout + stderr).trim() })
    })
  })

/** The page of the operations server, in one script and one style sheet: it needs nothing from anywhere else. */
const page = async () => {
  const from = join(root, 'src', 'ops', 'serve', 'page')
  const outdir = join(staged, 'page')
  const { build } = await import('esbuild')
  await build({
    entryPoints: [
      { in: join(from, 'browser', 'main.ts'), out: 'page' },
      { in: join(from, 'browser', 'page.css'), out: 'page' },
    ],
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  })
  await copyFile(join(from, 'browser', 'index.html'), join(outdir, 'index.html'))
  const up = `'../../../../../page/'`
  const find = {
    esm: `import { fileURLToPath } from 'node:url'\nexport const pageFolder = fileURLToPath(new URL(${up}, import.meta.url))\n`,
    cjs: `"use strict"\nexports.pageFolder = require('node:path').join(__dirname, ${up})\n`,
  }
  for (const [format, source] of Object.entries(find)) {
    const beside = join(staged, format, 'src', 'ops', 'serve', 'page')
    await mkdir(beside, { recursive: true })
    await writeFile(join(beside, 'here.js'), source)
    await copyFile(join(from, 'here.d.ts'), join(beside, 'here.d.ts'))
  }
}

const startedMs = performance.now()
const [results] = await Promise.all([Promise.all(['esm', 'cjs'].map(compile)), page()])

await mkdir(join(staged, 'cjs'), { recursive: true })
await writeFile(join(staged, 'cjs', 'package.json'), '{"type":"commonjs"}\n')
await chmod(join(staged, 'esm', 'src', 'cli', 'main.js'), 0o755)

await rm(dist, { recursive: true, force: true })
await rename(staged, dist)

// Both formats mostly say the same; the first that failed is enough to read.
const failed = results.filter((result) => !result.ok)
if (failed.length > 0) {
  process.stderr.write(`${failed[0].said}\nbuild: ${failed.map((result) => result.format).join(' and ')} failed\n`)
  process.exit(1)
}
process.stdout.write(`build: dist/esm and dist/cjs in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`)
