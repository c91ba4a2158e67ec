import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const common = { bundle: true, platform: 'node', target: 'node20.19', logLevel: 'warning' }

// Compiles slipway into dist/: the program in few files, since loading many is what makes a start slow, and
// the types that configs see. jiti stays outside: it loads parts of itself by their paths.
rmSync('dist', { recursive: true, force: true })
await build({
  ...common,
  entryPoints: { slipway: 'src/cli/main.ts', index: 'src/index.ts' },
  outdir: 'dist',
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
  outfile: 'dist/agent.cjs',
  format: 'cjs',
  minify: true,
  define: { SLIPWAY_VERSION: JSON.stringify(version) },
})
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
