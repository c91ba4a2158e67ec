import { createInterface } from 'node:readline'
import { resolveServer } from '../../src/server/config/load.js'
import { serve } from '../../src/server/serve.js'

/** Runs a server whose deploys are another program: `serve-here.ts DATA REPOSITORY PORT CHILD PROGRAM…`, CHILD being `child.ts`, compiled. */
const [data = '', repo = '', port = '', child = '', ...slipway] = process.argv.slice(2)
const source = { name: 'forum', repo, services: ['forum'], poll: '10s' }
const server = resolveServer(
  { sources: [source], listen: `127.0.0.1:${port}` },
  { file: 'x', folder: '/', env: {} },
)
await serve({
  ...{ data, server, env: process.env, slipway },
  child: [process.execPath, '-e', 'require(process.argv[1]).main(process.argv.slice(2))', child],
  onDefect: (error) => {
    console.error(error)
    process.exit(1)
  },
})
console.log('ready')
// It ends with whoever started it.
createInterface(process.stdin).on('close', () => process.exit())
