import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { build } from 'esbuild'

// Compiles slipway into dist/: the program in few files, since loading many is what makes a start slow, and
// the types that configs see. jiti stays outside: it loads parts of itself by their paths.
rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: { slipway: 'src/cli/main.ts', index: 'src/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['jiti'],
  // CommonJS packages inside the bundle ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as slipwayRequire } from 'node:module'; const require = slipwayRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
