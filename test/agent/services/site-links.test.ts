import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { requireLinksWithin } from '../../../src/agent/services/site-links.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

describe("the links of a site's package", () => {
  let made: TestAgent | undefined
  afterEach(() => made?.remove())

  /** A store with files by path; a text that begins with `-> ` is a link. `www` is the site, `lib` is in its closure. */
  const check = async (files: Record<string, string>, dir = '') => {
    made = testAgent({ run: async () => ({ ...endedWith(0), stdout: '/nix/store/www\n/nix/store/lib\n' }) })
    const store = join(made.folder, 'store')
    mkdirSync(join(store, 'www'), { recursive: true })
    for (const [path, text] of Object.entries(files)) {
      const at = join(store, path)
      mkdirSync(dirname(at), { recursive: true })
      if (text.startsWith('-> ')) symlinkSync(text.slice(3).replaceAll('STORE', store), at)
      else writeFileSync(at, text)
    }
    await requireLinksWithin(made.agent, `${store}/www`, dir, store)
    return made.ran
  }
  const refused = (files: Record<string, string>, dir = '') =>
    assert.rejects(check(files, dir), /a link of the site leads out of its package/)

  it('may lead to places of the package, without Nix being asked', async () => {
    assert.deepEqual(await check({ 'www/a': 'a', 'www/b/c': '-> ../a', 'www/d': '-> STORE/www/b' }), [])
  })

  it('may lead into the closure, and to what is not there', async () => {
    assert.equal(
      (await check({ 'lib/x': 'x', 'www/x': '-> STORE/lib/x', 'www/y': '-> ../lib/gone' })).length,
      1,
    )
  })

  it('audit 9: a link to a file of the host is refused', async () => {
    await refused({ 'www/pw': '-> /etc/passwd' })
    await refused({ 'www/rel': '-> /var/lib/slipway/services/main/current/release/release.json' })
  })

  it('audit 9: a link that comes back into the store through a folder that others can write is refused', async () => {
    await refused({ 'www/x': '-> STORE/../writable/x' })
  })

  it('audit 9: a link in a folder of the closure that the site links to is refused', async () => {
    await refused({ 'lib/deep/pw': '-> /etc/passwd', 'www/docs': '-> STORE/lib/deep' })
  })

  it('audit 9: a link that leads to itself is refused', () => refused({ 'www/z': '-> z' }))

  it('audit 9: links to other paths of the store, and to the store itself, are refused', async () => {
    await refused({ 'other/x': 'x', 'www/x': '-> ../other/x' })
    await refused({ 'www/all': '-> STORE' })
    await refused({ 'www/all': '-> ..' })
  })

  it('audit 9: the folder that is served may be such a link too', async () => {
    await refused({ 'www/public': '-> /etc' }, 'public')
    await refused({ 'www/a': '-> b', 'www/b': '-> /etc', 'www/public/x': '-> ../a/passwd' }, 'public')
  })
})
