import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { PROVIDERS } from '../../../src/init/ci/options.js'
import { ciWorkflow } from '../../../src/init/ci/workflow.js'
import { temporaryFolder } from '../../nix/samples.js'
import { ciOptions, VARIANTS } from './samples.js'

/** The scripts of a workflow, each as a shell is given it. */
function scripts(text: string): string[] {
  const [job] = Object.values<{ script: string[] }>(parse(text))
  const jobs = parse(text).jobs as Record<string, { steps: { run?: string }[] }> | undefined
  if (!jobs) return [job?.script.join('\n') ?? assert.fail()]
  return Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
}

describe('scripts of workflows', () => {
  for (const provider of PROVIDERS) {
    for (const [what, own] of VARIANTS) {
      it(`are read by sh: ${provider}, ${what}`, () => {
        const found = scripts(ciWorkflow(provider, ciOptions(own)).text)
        assert.ok(found.length > 0)
        for (const text of found) execFileSync('sh', ['-n'], { input: text })
      })
    }
  }

  for (const provider of PROVIDERS) {
    it(`put the key where only ssh reads it: ${provider}`, () => {
      const home = temporaryFolder()
      home.write({ key: 'the key\n', hosts: 'the hosts\n' })
      const inFiles = provider === 'gitlab'
      const lines = scripts(ciWorkflow(provider, ciOptions()).text)
        .flatMap((text) => text.split('\n'))
        .filter((line) => line.includes('.ssh'))
      const env = {
        PATH: process.env.PATH,
        HOME: home.path,
        SSH_KEY: inFiles ? join(home.path, 'key') : 'the key',
        SSH_KNOWN_HOSTS: inFiles ? join(home.path, 'hosts') : 'the hosts',
      }
      execFileSync('sh', ['-e'], { input: lines.join('\n'), env })
      const key = join(home.path, '.ssh/id_ed25519')
      assert.equal(readFileSync(key, 'utf8'), 'the key\n')
      assert.equal(statSync(key).mode & 0o077, 0)
      assert.equal(readFileSync(join(home.path, '.ssh/known_hosts'), 'utf8'), 'the hosts\n')
      home.remove()
    })
  }
})
