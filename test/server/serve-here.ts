import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { resolveServer } from '../../src/server/config/load.js'
import { serve } from '../../src/server/serve.js'

/** Runs a server whose deploys are another program: `serve-here.ts DATA REPOSITORY PORT PROGRAM…`. */
const [data = '', repo = '', port = '', ...slipway] = process.argv.slice(2)
const child = fileURLToPath(new URL('../../src/server/jobs/child.ts', import.meta.url))
const source = { name: 'forum', repo, services: ['forum'], poll: '10s' }
const server = resolveServer(
  { sources: [source], listen: `127.0.0.1:${port}` },
  { file: 'x', folder: '/', env: {} },
)
await serve({
  ...{ data, server, env: process.env, slipway },
  child: [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    '-e',
    `import(${JSON.stringify(child)}).then((it) => it.main(process.argv.slice(1)))`,
  ],
  onDefect: (error) => {
    console.error(error)
    process.exit(1)
  },
})
console.log('ready')
// It ends with whoever started it.
createInterface(process.stdin).on('close', () => process.exit())
