import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { beginSigning, endSigning, page, serveByHand, sign } from './by-hand.js'
import { cleanups } from './cleanups.js'
import { FAULTS, stopAt, untilStopped } from './faults.js'
import { type LabHost, labHost } from './host.js'
import { NIXPKGS, type Project, project } from './project.js'

const HOST = 't-adopt'
const OVERRIDE = ['--override-input', `nixpkgs=${NIXPKGS}`]
const ADOPT = ['adopt', HOST, '--service', 'guestbook', '--yes', ...OVERRIDE]
const AGENT = fileURLToPath(new URL('../../src/agent/', import.meta.url))

/** Where a hand-over that goes well is hurt, and one that fails while it is taken back. */
const STEPS = [
  ...[
    'adopt',
    'adopt-hold',
    'adopt-routes',
    'adopt-unit',
    'adopt-state',
    'start',
    'health',
    'switch',
    'verify',
  ],
  ...['undo-adopt-stop', 'undo-adopt-state', 'undo-adopt-unit', 'undo-adopt-routes'],
]
/** At these the new release has the requests. */
const SERVES = new Set(['verify'])

const FAULT: Record<string, (host: LabHost, step: string) => Promise<void>> = {
  'agent killed': async (host, step) => {
    await host.run(`rm ${FAULTS}/stop-at-${step}; systemctl kill --signal=KILL slipway-agent.service`)
  },
  'host off': async (host) => {
    await host.powerOff()
    await host.boot()
  },
}

describe('a host that was set up by hand', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let found = ''
  let untouched = ''

  /** All that a hand-over touches, as it is by hand. */
  const byHand = () =>
    host.run(
      `systemctl is-active guestbook.service; systemctl is-enabled guestbook.service
cat /etc/systemd/system/guestbook.service; cat /etc/nginx/sites-available/guestbook
ls -l /etc/nginx/sites-enabled/guestbook /etc/systemd/system/multi-user.target.wants/guestbook.service | cut -d' ' -f9-
stat -c '%n %U:%G %a' /var/www/guestbook/data/guestbook.db /var/www/guestbook/data
ls /var/www/guestbook
ls -d /var/lib/guestbook /var/lib/slipway/adopted/guestbook /var/lib/slipway/services/guestbook/current /etc/systemd/system/guestbook@* 2>/dev/null; true`,
    )
  const decided = () =>
    host.run(
      `for i in $(seq 600); do
         if systemctl is-active -q slipway-agent && systemctl is-active -q guestbook.service &&
            ! ls /var/lib/slipway/guards/*/items/*/state-* 2>/dev/null | grep -qE -- '-(prepared|armed|active|reverting)$'; then exit 0; fi
         sleep 0.1
       done; ls -R /var/lib/slipway/guards >&2; systemctl status guestbook.service >&2; exit 1`,
    )
  /** The config as it was written, with a health check that fails, or not. */
  const healthy = (is: boolean) =>
    app.write(
      'slipway.config.ts',
      found
        .replace('services: {', "guard: { confirm: '8s' },\n  services: {")
        .replace(
          'state: true',
          is ? 'state: true' : "health: { path: '/nowhere', timeout: '2s' }, state: true",
        ),
    )

  before(async () => {
    host = await labHost(HOST, after)
    app = await project('examples/guestbook', after)
    await serveByHand(host, app)
    assert.equal(await sign(host, 'by hand'), '303')
    await rm(join(app.folder, 'slipway.config.ts'))
  })

  it('needs the agent to be looked at, and says how it gets there', async () => {
    const { code, text } = await app.slipway('adopt', `rehearse:${HOST}`)
    assert.equal(code, 2, text)
    assert.match(text, /next: slipway adopt rehearse:t-adopt --setup/)
  })

  it('is written down as a config that says where each line was found', async () => {
    const looked = await app.slipway('adopt', `rehearse:${HOST}`, '--setup', ...OVERRIDE)
    assert.equal(looked.code, 0, looked.text)
    untouched = await byHand()
    found = await readFile(join(app.folder, 'slipway.config.ts'), 'utf8')
    const unit = '/etc/systemd/system/guestbook.service'
    for (const line of [
      `package: '.#default', // a guess: Nix built guestbook-0.1.0, which runs there`,
      `run: 'guestbook', // ${unit}:7`,
      `listen: { port: 3001 }, // ${unit}:9: guestbook.service listens there`,
      `{ url: 'http://guestbook.example.test/', server: 'existing' }, // /etc/nginx/sites-enabled/guestbook:6`,
      `GUESTBOOK_DB: '/var/lib/guestbook/guestbook.db', // ${unit}:8: was /var/www/guestbook/data/guestbook.db`,
      `GUESTBOOK_PORT: ':3001', // ${unit}:9`,
      `state: true, // /var/lib/guestbook: ${unit}:7: /var/www/guestbook/data is copied there`,
      `assets: ['static', 'views'], // ${unit}:6: /var/www/guestbook/current has it`,
      '// /var/www/html (/etc/nginx/sites-enabled/default:41): it is served under no name of its own',
    ]) {
      assert.ok(found.includes(`${line}\n`), `${line}\n${found}`)
    }
    const again = await app.slipway('adopt', `rehearse:${HOST}`)
    assert.match(again.text, /slipway.config.ts is there already/)
  })

  it('says what it would take over, and refuses what would lose data', async () => {
    await app.write(
      'slipway.config.ts',
      found.replace('/var/lib/guestbook/guestbook.db', '/var/www/guestbook/data/guestbook.db'),
    )
    const refused = await app.slipway(...ADOPT)
    assert.equal(refused.code, 2, refused.text)
    assert.match(refused.text, /GUESTBOOK_DB is \/var\/www\/guestbook\/data\/guestbook.db still/)
    await healthy(true)
    const told = await app.slipway(...ADOPT, '--dry-run')
    assert.equal(told.code, 0, told.text)
    assert.match(told.text, /guestbook.service: stopped, and its file put aside/)
    assert.match(told.text, /\/var\/www\/guestbook\/data: copied to \/var\/lib\/guestbook/)
    assert.match(told.text, /sites-enabled\/guestbook:6: `location \/` gives way/)
    assert.equal(await byHand(), untouched)
  })

  it('is handed back where the new release is not healthy, and no request fails', async () => {
    await healthy(false)
    await beginSigning(host)
    const failed = await app.slipway(...ADOPT)
    const signed = await endSigning(host)
    assert.equal(failed.code, 3, failed.text)
    assert.match(failed.text, /put back|serves/)
    await decided()
    assert.equal(await byHand(), untouched, failed.text)
    const shown = await page(host)
    assert.deepEqual(
      signed.filter(({ message, status }) => status !== '303' || !shown.includes(message)),
      [],
    )
    assert.ok(signed.length > 5 && shown.includes('by hand'), shown)
  })

  it('is whole after a hand-over that is hurt at a step', async (t) => {
    const named = await namedSteps()
    assert.deepEqual(
      named.filter((step) => !STEPS.includes(step) && !STEPS.includes(`undo-${step}`)),
      [],
    )
    for (const step of STEPS) {
      await healthy(!step.startsWith('undo-'))
      for (const [kind, hurt] of Object.entries(FAULT)) {
        await t.test(`${kind} at ${step}`, async () => {
          const words = [`before ${kind} at ${step}.`]
          assert.equal(await sign(host, words[0] ?? ''), '303')
          await stopAt(host, step)
          const moving = app.start(...ADOPT, '--wait')
          await untilStopped(host)
          if (SERVES.has(step)) {
            words.push(`meanwhile, ${kind}.`)
            assert.equal(await sign(host, words[1] ?? ''), '303')
          }
          await hurt(host, step)
          await decided()
          const { all } = await moving
          assert.equal(await byHand(), untouched, all)
          const shown = await page(host)
          for (const word of words) assert.ok(shown.includes(word), `${word}\n${all}\n${shown}`)
          await host.run(`rm -rf ${FAULTS}`)
        })
      }
    }
  })

  it('is moved over with all it keeps, and no request fails', async () => {
    await healthy(true)
    await beginSigning(host)
    const moved = await app.slipway(...ADOPT)
    const signed = await endSigning(host)
    assert.equal(moved.code, 0, moved.text)
    const shown = await page(host)
    assert.deepEqual(
      signed.filter(({ message, status }) => status !== '303' || !shown.includes(message)),
      [],
    )
    assert.ok(signed.length > 5, String(signed.length))
    assert.equal(
      await host.run(
        `systemctl is-active guestbook.service guestbook@blue.service; stat -c %U:%a /var/lib/guestbook
cat /etc/nginx/sites-enabled/guestbook | grep -c 'include /var/lib/slipway/nginx/locations/guestbook.example.test/'
cd /var/lib/slipway/adopted/guestbook; find . -type f -o -type l | sort`,
      ),
      `inactive
active
guestbook:750
1
./nginx/etc/nginx/sites-available/guestbook
./ran.json
./units/etc/systemd/system/guestbook.service
./units/etc/systemd/system/multi-user.target.wants/guestbook.service`,
    )
    assert.match(moved.text, /a copy of \/var\/www\/guestbook\/data/)
    await host.powerOff()
    await host.boot()
    await host.run(
      'for i in $(seq 100); do systemctl is-active -q guestbook@blue && exit 0; sleep 0.1; done; exit 1',
    )
    assert.ok((await page(host)).includes('signed-1.'))
    const planned = await app.slipway('plan', ...OVERRIDE)
    assert.match(planned.text, /guestbook: unchanged/, planned.text)
    const again = await app.slipway(...ADOPT)
    assert.equal(again.code, 2, again.text)
    assert.match(again.text, /nothing by hand that would be the service guestbook/)
  })
})

/** The steps that only a hand-over takes, as the agent's text has them. */
async function namedSteps(): Promise<string[]> {
  const names = (await readdir(AGENT, { recursive: true })).filter((name) => name.endsWith('.ts'))
  const texts = await Promise.all(names.map((name) => readFile(AGENT + name, 'utf8')))
  return texts.flatMap((text) =>
    [...text.matchAll(/\bstep\('(adopt[\w-]*)'\)/g)].map(([, step = '']) => step),
  )
}
