import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { interleave, type Variant } from './measure.js'
import type { Part } from './part.js'
import { say } from './say.js'
import { SLIPWAY } from './stage.js'

/** What a command line tool written for Node may add to Node's own start. */
const MOST_RATIO = 2
/** The same for one that also reads a config. */
const MOST_CONFIG_RATIO = 2.5

const CONFIG = `import { defineConfig, service, site } from 'slipway'
import { hosts } from './hosts'

const routes: string[] = ['http://web.example.test']
export default defineConfig({
  hosts,
  services: {
    web: service({ package: '.#web', listen: 'port', health: { path: '/health' }, routes }),
    docs: site({ package: '.#docs', routes: ['http://docs.example.test'] }),
  },
})
`

/** How long slipway takes to start, and to read a config, beside Node that does nothing. */
export const startPart: Part = {
  // They are quick to measure, and noisy.
  rounds: 20,
  run: async ({ rounds, cleanup: { later, signal } }) => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-start-'))
    later(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'slipway.config.ts'), CONFIG)
    await writeFile(join(folder, 'hosts.ts'), `export const hosts = { web: 'root@web.example.test' }\n`)
    const node = (...words: string[]): Variant => ({
      run: async () => {
        await execa('node', words, { cwd: folder, stdin: 'ignore', reject: false, cancelSignal: signal })
      },
    })
    const variants = {
      node: node('-e', '0'),
      help: node(SLIPWAY, '--help'),
      // Ends where it finds that the config has no such service.
      config: node(SLIPWAY, 'plan', 'missing'),
    }
    const times = await interleave(variants, rounds, (round) => say(`start, round ${round} of ${rounds}`))
    const against = (atMost: number) => ({ what: 'node -e 0', values: times.node, atMost })
    return {
      taken: [
        { what: '--help', distance: 'near', values: times.help, against: against(MOST_RATIO) },
        { what: 'config read', distance: 'near', values: times.config, against: against(MOST_CONFIG_RATIO) },
      ],
    }
  },
}
