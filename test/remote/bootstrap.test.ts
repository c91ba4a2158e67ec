import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { AGENT_UNIT_TEXT } from '../../src/contract/agent-unit.js'
import { SlipwayError } from '../../src/errors.js'
import { PACKAGE_ROOT } from '../../src/package-root.js'
import { bootstrapFacts, installAgent, installPackages } from '../../src/remote/bootstrap.js'
import { parseFacts } from '../../src/remote/bootstrap-facts.js'
import type { Connection, RemoteResult } from '../../src/remote/connection.js'
import { bundleHash } from '../../src/wire/bundle-hash.js'

const SCRIPT = readFileSync(join(PACKAGE_ROOT, 'host/bootstrap.sh'))

/** What facts of a host look like that the shell program of 0.1 serves. */
const FACTS = `name=web
os.ID=debian
os.VERSION_ID="13"
machine=x86_64
uid=0
became=deployer
time=1800000000
boot=aa
uptime=1000.50 1900.00
there=/var/lib/slipway/services
there=/var/lib/slipway/nginx/http.conf
there=/etc/nginx/conf.d/slipway.conf
unitsWritable=yes
systemd.Version=257.8-1~deb13u2
systemd.UnitPath=/etc/systemd/system /usr/lib/systemd/system
unit.ActiveState=inactive
unit.FragmentPath=
nginx.ActiveState=active
nginx.UnitFileState=enabled
program.nix-store=/usr/bin/nix-store
program.visudo=/usr/sbin/visudo
nix=nix-store (Nix) 2.26.3
nixFeatures=flakes nix-command
nginxVersion=nginx version: nginx/1.26.3
nginxValid=yes
nginxLine=# include /var/lib/slipway/nginx/locations/not.example.test/*.conf;
nginxLine=  include /var/lib/slipway/nginx/http.conf;
nginxLine=    include /var/lib/slipway/nginx/locations/b.example.test/*.conf;
nginxLine=    include /var/lib/slipway/nginx/locations/a.example.test/*.conf;
bundle=
node=
nodeVersion=
rooted=
version=
legacy=/var/lib/slipway/host/slipway-host-0123456789abcdef
unfinished=deploy app = all
lock.id=1f
lock.who=ann@laptop
lock.what=deploy app
lock.since=1799999990
lock.boot=aa
lock.expires=100051
deployUser=slipway
askedUser=999
nixUsers=nix-users:x:100:
free./nix/store=3
free./=1
free./var/lib=2
end=
`

/** A login that runs commands here, as root would there. */
function connection(run: (command: string, input: string | Uint8Array) => RemoteResult): Connection {
  return {
    host: 'web',
    destination: 'root@web',
    become: [],
    run: async (command, options) => run(command, options?.input ?? ''),
    sshOptions: () => [],
    close: () => undefined,
  }
}

const ended = (changes: Partial<RemoteResult> = {}): RemoteResult => ({
  ...{ exitCode: 0, stdout: '', stderr: '' },
  ...changes,
})

describe('the facts of the bootstrap', () => {
  it('are read', () => {
    const facts = parseFacts(FACTS)
    assert.ok(facts)
    assert.deepEqual(
      [facts.os, facts.osVersion, facts.systemd, facts.nix, facts.root, facts.became],
      ['debian', '13', 257, '2.26.3', true, true],
    )
    assert.deepEqual(facts.nginx, {
      version: '1.26.3',
      running: true,
      enabled: true,
      valid: true,
      error: null,
      includes: true,
      domains: ['a.example.test', 'b.example.test'],
      confD: true,
    })
    assert.deepEqual(facts.agent, {
      bundle: null,
      version: null,
      node: null,
      nodeVersion: null,
      rooted: false,
      unit: null,
      active: false,
    })
    assert.deepEqual(facts.legacy, {
      installed: true,
      unfinished: ['deploy app = all'],
      lock: { id: '1f', who: 'ann@laptop', what: 'deploy app', since: 1799999990 },
    })
    assert.deepEqual([facts.prepared, facts.deployUser, facts.askedUser], [true, 'slipway', true])
    assert.deepEqual([facts.freeStoreKb, facts.freeVarKb], [3, 2])
  })

  it('know a lock of another boot, or one that nobody renews, for none', () => {
    const lock = (from: string, to: string) => parseFacts(FACTS.replace(from, to))?.legacy.lock
    assert.equal(lock('lock.boot=aa', 'lock.boot=bb'), null)
    assert.equal(lock('lock.expires=100051', 'lock.expires=100050'), null)
  })

  it('take what is cut off for no answer', async () => {
    assert.equal(parseFacts(FACTS.replace('end=\n', '')), undefined)
    const cut = connection(() => ended({ exitCode: 1, stdout: 'name=web\n', stderr: 'sh: killed' }))
    await assert.rejects(bootstrapFacts({ connection: cut }), (error) => {
      assert.ok(error instanceof SlipwayError)
      assert.deepEqual([error.parts.what, error.parts.why], ['web does not say what it is', 'sh: killed'])
      return true
    })
  })

  it('come from a script that is read to its end before it runs', async () => {
    const asked: string[] = []
    const here = connection((command, input) => {
      asked.push(command)
      const stdout = execFileSync('sh', ['-c', command], { input, encoding: 'utf8' })
      return ended({ stdout })
    })
    const facts = await bootstrapFacts({ connection: here }, { user: 'root', programs: ['sh'] })
    assert.deepEqual([facts.askedUser, 'sh' in facts.programs], [true, true])
    assert.match(asked[0] ?? '', new RegExp(`head -c ${SCRIPT.length}`))
    assert.doesNotMatch(asked[0] ?? '', /\n/)
  })
})

describe('the script of the bootstrap', () => {
  it('is no longer than it may be', () => {
    assert.ok(SCRIPT.toString().split('\n').length <= 91)
  })

  it('does nothing where a part of it arrives', () => {
    const text = SCRIPT.toString()
    for (const part of [0.3, 0.6, 0.9, 0.99]) {
      const cut = text.slice(0, Math.floor(text.length * part))
      const script = 'eval "$1"'
      let output = ''
      try {
        output = execFileSync('sh', ['-c', script, 'sh', cut], { encoding: 'utf8', stdio: 'pipe' })
      } catch (error) {
        output = String((error as { stdout: string }).stdout)
      }
      assert.equal(output, '')
    }
  })
})

describe('what the bootstrap is told to do', () => {
  it('gets the unit and the bundle after the script', async () => {
    const bytes = Buffer.from('the bundle')
    const hash = bundleHash(bytes)
    const said: { command: string; rest: string }[] = []
    const host = connection((command, input) => {
      said.push({ command, rest: Buffer.from(input).subarray(SCRIPT.length).toString() })
      return ended()
    })
    await installAgent(
      { connection: host },
      { bundle: { path: '', bytes, hash }, node: undefined, unitDir: '/etc/systemd/system' },
    )
    const [{ command, rest } = { command: '', rest: '' }] = said
    assert.equal(rest, `${AGENT_UNIT_TEXT}the bundle`)
    const words = `slipway-bootstrap install ${hash} 10 - /etc/systemd/system ${AGENT_UNIT_TEXT.length}`
    assert.ok(command.includes(words), command)
  })

  it('says what went wrong', async () => {
    const failing = connection(() => ended({ exitCode: 1, stderr: 'no such package\n' }))
    await assert.rejects(installPackages({ connection: failing }, ['nix-bin', 'lego']), (error) => {
      assert.ok(error instanceof SlipwayError)
      assert.equal(error.parts.what, 'apt-get could not install nix-bin lego on web')
      assert.equal(error.parts.why, 'no such package')
      return true
    })
    const full = connection(() => ended({ exitCode: 1, stderr: 'head: No space left on device\n' }))
    await assert.rejects(installPackages({ connection: full }, ['nix-bin']), /the disk of web is full/)
    const refused = connection(() => ended({ exitCode: 1, stderr: 'sudo: a password is required\n' }))
    await assert.rejects(bootstrapFacts({ connection: refused }), /may not become root on web/)
  })
})
