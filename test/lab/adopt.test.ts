import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  allOf,
  beginSigning,
  endSigning,
  handedBack,
  hostByHand,
  lookAt,
  moveOver,
  OVERRIDE,
  page,
  writeConfig,
} from './by-hand.js'
import { cleanups } from './cleanups.js'
import type { LabHost } from './host.js'
import type { Project } from './project.js'

const HOST = 't-adopt'
/** How many entries the guestbook's page shows, the newest first. */
const SHOWN = 50

describe('a host that was set up by hand', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project
  let found = ''
  let untouched = ''

  before(async () => {
    ;({ host, app } = await hostByHand(HOST, after))
  })

  it('needs the agent to be looked at, and says how it gets there', async () => {
    const { code, text } = await app.slipway('adopt', `rehearse:${HOST}`)
    assert.equal(code, 2, text)
    assert.match(text, /next: slipway adopt rehearse:t-adopt --setup/)
  })

  it('is written down as a config that says where each line was found', async () => {
    found = await lookAt(host, app)
    untouched = await allOf(host)
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
    const refused = await app.slipway(...moveOver(host))
    assert.equal(refused.code, 2, refused.text)
    assert.match(refused.text, /GUESTBOOK_DB is \/var\/www\/guestbook\/data\/guestbook.db still/)
    await writeConfig(app, found, true)
    const told = await app.slipway(...moveOver(host), '--dry-run')
    assert.equal(told.code, 0, told.text)
    assert.match(told.text, /guestbook.service: stopped, and its file put aside/)
    assert.match(told.text, /\/var\/www\/guestbook\/data: copied to \/var\/lib\/guestbook/)
    assert.match(told.text, /sites-enabled\/guestbook:6: `location \/` gives way/)
    assert.equal(await allOf(host), untouched)
  })

  it('is handed back where the new release is not healthy, and no request fails', async () => {
    await writeConfig(app, found, false)
    await beginSigning(host)
    const failed = await app.slipway(...moveOver(host))
    const signed = await endSigning(host)
    assert.equal(failed.code, 3, failed.text)
    assert.match(failed.text, /guestbook.service serves, as before/)
    await handedBack(host)
    assert.equal(await allOf(host), untouched, failed.text)
    const shown = await page(host)
    assert.deepEqual(
      signed.filter(({ status }) => status !== '303'),
      [],
    )
    assert.deepEqual(
      signed.slice(-SHOWN).filter(({ message }) => !shown.includes(message)),
      [],
    )
    assert.ok(signed.length > 5, String(signed.length))
  })

  it('is moved over with all it keeps, and no request fails', async () => {
    await writeConfig(app, found, true)
    await beginSigning(host)
    const moved = await app.slipway(...moveOver(host))
    const signed = await endSigning(host)
    assert.equal(moved.code, 0, moved.text)
    const shown = await page(host)
    assert.deepEqual(
      signed.filter(({ status }) => status !== '303'),
      [],
    )
    assert.deepEqual(
      signed.slice(-SHOWN).filter(({ message }) => !shown.includes(message)),
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
    assert.ok((await page(host)).includes(signed.at(-1)?.message ?? '-'))
    const planned = await app.slipway('plan', ...OVERRIDE)
    assert.match(planned.text, /guestbook: unchanged/, planned.text)
    const again = await app.slipway(...moveOver(host))
    assert.equal(again.code, 2, again.text)
    assert.match(again.text, /nothing by hand that would be the service guestbook/)
  })
})
