import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import { build } from 'esbuild'
import { buildProgram } from './program.mjs'

// Takes the place of dist/ when all of it is there: a build that fails leaves the one before.
const out = 'node_modules/.slipway-dist'
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const common = { bundle: true, platform: 'node', target: 'node20.19', logLevel: 'warning' }

rmSync(out, { recursive: true, force: true })
await buildProgram(out, common)
// What configs import where they are read by other programs than slipway, and its types.
await build({ ...common, entryPoints: { index: 'src/index.ts' }, outdir: out, format: 'esm' })
// What runs on hosts is one file that needs nothing beside it. What it is known by there is its hash: the same sources
// give the same file, wherever they are compiled.
await build({
  ...common,
  entryPoints: ['src/agent/main.ts'],
  outfile: `${out}/agent.cjs`,
  format: 'cjs',
  minify: true,
  define: { SLIPWAY_VERSION: JSON.stringify(version) },
})
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', out], { stdio: 'inherit' })
rmSync('dist', { recursive: true, force: true })
renameSync(out, 'dist')
