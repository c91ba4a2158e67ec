import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { detect } from '../../../src/init/detect/detect.js'
import { told } from '../../../src/init/detect/provenance.js'
import { settle } from '../../../src/init/detect/settle.js'
import type { ServiceSetup } from '../../../src/init/detect/setup.js'
import { textTree } from './corpus.js'
import { answers, goDetection, refusal, TWO } from './samples.js'

/** Variables without where they come from. */
const values = (env: ServiceSetup['env'] = {}) =>
  Object.fromEntries(Object.entries(env).map(([name, { value }]) => [name, value]))

const KNOWN = goDetection('http.ListenAndServe(":80", nil)')
describe('settle', () => {
  const settled = (detection: typeof KNOWN, entries: Record<string, string> = {}) =>
    settle(detection, answers(entries))

  it('takes what was found', () => {
    const [service] = settled(KNOWN).services
    assert.deepEqual(
      [service?.listen, service?.url, service?.state],
      [
        {
          value: { port: 80 },
          origin: { kind: 'found', at: { file: 'main.go', line: 3 }, why: 'hard-coded' },
        },
        { value: 'http://clock.example.test', origin: { kind: 'guessed', why: 'nothing names one' } },
        undefined,
      ],
    )
  })

  it('takes what was said instead', () => {
    const said = {
      name: 'time',
      listen: 'unix',
      health: '/up',
      state: 'yes',
      assets: 'views,static',
      host: 'ssh://deploy@nixie.quietriver.net',
      url: 'http://a.test',
    }
    const { host, services } = settled(KNOWN, said)
    assert.deepEqual(host, { name: 'nixie', ssh: told('ssh://deploy@nixie.quietriver.net') })
    const [service] = services
    assert.deepEqual(
      [service?.name, service?.listen, service?.health, service?.state, service?.assets, service?.url],
      ['time', told('unix'), told('/up'), told(true), [told('views'), told('static')], told('http://a.test')],
    )
  })

  it('gives two services ports of their own', () => {
    const ports = settled(TWO).services.map(({ listen, env }) => [listen.value, values(env)])
    assert.deepEqual(ports, [
      [{ port: 3000 }, { A_PORT: '3000' }],
      [{ port: 3001 }, { B_PORT: '3001' }],
    ])
    const names = settled(TWO, { 'name:a': 'one', program: 'a' }).services.map(({ name }) => name)
    assert.deepEqual(names, ['one'])
  })

  it('refuses flags that make no sense', () => {
    assert.match(
      refusal(() => settled(KNOWN, { name: 'My App' })),
      /^--name My App: "My App" can't be a unit/,
    )
    assert.equal(
      refusal(() => settled(KNOWN, { program: 'watch' })),
      '--program watch: there is no such program here',
    )
    assert.match(
      refusal(() => settled(KNOWN, { listen: 'sideways' })),
      /^--listen sideways: expected/,
    )
    assert.match(
      refusal(() => settled(KNOWN, { url: 'nowhere' })),
      /^--url nowhere: /,
    )
    assert.equal(
      refusal(() => settled(TWO, { name: 'x' })),
      '--name x: there are several services',
    )
    assert.equal(
      refusal(() => settled(TWO, { 'url:c': 'http://c.test' })),
      '--url c=: there is no service c',
    )
  })

  it('knows a service by its name and by its program', () => {
    const said = { 'name:a': 'one', 'url:a': 'http://a.test', 'health:one': '/up', 'listen:b': '81' }
    const found = settled(TWO, said).services.map(({ name, url, health, listen, env }) => [
      name,
      url?.value,
      health?.value,
      listen.value,
      values(env),
    ])
    assert.deepEqual(found, [
      ['one', 'http://a.test', '/up', { port: 3000 }, { A_PORT: '3000' }],
      ['b', 'http://b.example.test', undefined, { port: 81 }, { B_PORT: '81' }],
    ])
  })

  it('keeps a database in the state directory', () => {
    const detection = detect(
      textTree({
        'go.mod': 'module x/notes\n\nrequire modernc.org/sqlite v1.0.0',
        'go.sum': 'modernc.org/sqlite v1.0.0 h1:x=',
        'main.go':
          'package main\n\nimport "database/sql"\n\nfunc main() { ListenAndServe(getenv("NOTES_DB", "n.db"), getenv("PORT", "1")) }\n',
      }),
      undefined,
    )
    assert.deepEqual(values(settled(detection).services[0]?.env), { NOTES_DB: '/var/lib/notes/n.db' })
    assert.deepEqual(settled(detection, { state: 'no' }).services[0]?.env, {})
  })
})
