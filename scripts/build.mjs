import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

// Takes the place of dist/ when all of it is there: a build that fails leaves the one before.
const out = 'node_modules/.slipway-dist'
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const common = { bundle: true, platform: 'node', target: 'node20.19', logLevel: 'warning' }

rmSync(out, { recursive: true, force: true })
// Compiles slipway: the program in few files, since loading many is what makes a start slow, and the types that
// configs see. jiti stays outside: it loads parts of itself by their paths.
await build({
  ...common,
  entryPoints: { slipway: 'src/cli/main.ts', index: 'src/index.ts' },
  outdir: out,
  splitting: true,
  format: 'esm',
  external: ['jiti'],
  // CommonJS packages inside the bundle ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as slipwayRequire } from 'node:module'; const require = slipwayRequire(import.meta.url);",
  },
})
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
