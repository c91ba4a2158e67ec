import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, transform } from 'esbuild'

/**
 * Compiles what people run: CommonJS, which Node 20 can keep compiled (bin/load-program.js), in pieces, so that a
 * command loads what it needs and no more. Names of functions stay, for they are what an error's stack shows.
 */
export async function buildProgram(out, common) {
  const compact = { minifySyntax: true, minifyWhitespace: true }
  const { outputFiles } = await build({
    ...common,
    ...compact,
    entryPoints: { slipway: 'src/cli/main.ts', 'server-job': 'src/server/jobs/child.ts' },
    outdir: out,
    outExtension: { '.js': '.cjs' },
    write: false,
    // Only ES modules can be split; they are made CommonJS after that.
    splitting: true,
    format: 'esm',
    // It loads parts of itself by their paths.
    external: ['jiti'],
    define: { 'import.meta.url': 'slipwayUrl' },
  })
  const files = await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const url = text.includes('slipwayUrl')
        ? 'const slipwayUrl = require("node:url").pathToFileURL(__filename).href;'
        : ''
      const { code } = await transform(text, {
        ...compact,
        format: 'cjs',
        platform: 'node',
        target: common.target,
        supported: { 'dynamic-import': false },
        banner: url,
      })
      return { name: basename(path), code }
    }),
  )
  const hash = createHash('sha256')
  for (const { name, code } of files.sort((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(name).update(code)
  // Tells one build from another.
  const id = hash.digest('hex').slice(0, 16)
  mkdirSync(out, { recursive: true })
  for (const { name, code } of files) {
    writeFileSync(join(out, name), name === 'slipway.cjs' ? `//${id}\n${code}` : code)
  }
}
