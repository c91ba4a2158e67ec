import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Manifest } from '../../src/contract/release.js'
import type { ServiceReport } from '../../src/contract/report.js'
import { type HostPlan, planHost } from '../../src/plan/plan.js'
import type { Project } from '../../src/plan/project.js'
import { type app, builds, built, manifestOf, PROJECT, report, serving, staticSite } from './samples.js'

const OTHER = 'ann/site'

/** A plan for services, `web` unless they say otherwise, on a host that serves some already. */
function plan(
  services: ReturnType<typeof app | typeof staticSite>[],
  there: ServiceReport[],
  own: { project?: Project; takeOver?: boolean } = {},
): HostPlan {
  const given = { ...builds(...services.map((service) => built(service))), ...own }
  return planHost('nixie', given, report({ services: there }), 'me@here')
}

function manifest(url: string, project: string | undefined, name = 'web'): Manifest {
  return manifestOf({ ...staticSite({ routes: [url] }), name }, { project })
}

describe('the project of a service', () => {
  it('keeps its name from every other', () => {
    const there = [serving(manifest('http://a.example', OTHER))]
    const refused = plan([staticSite({ routes: ['http://b.example'] })], there)
    assert.deepEqual(
      refused.problems.map(({ problem }) => problem),
      [
        'web is the service of another project: ann@laptop deployed it from the project ann/site on 2020-09-13 12:26 UTC',
      ],
    )
    assert.match(refused.problems[0]?.fix ?? '', /--take-over/)
  })

  it('is taken over where somebody says so', () => {
    const there = [serving(manifest('http://a.example', OTHER))]
    const taken = plan([staticSite({ routes: ['http://b.example'] })], there, { takeOver: true })
    assert.deepEqual(taken.problems, [])
    const [web] = taken.services
    assert.deepEqual(web?.changes.at(-1), { what: 'project', from: OTHER, to: PROJECT.name })
    assert.deepEqual(web?.warnings, [
      'taken over from the project ann/site, from which ann@laptop deployed it',
    ])
    assert.equal(web?.manifest.project, PROJECT.name)
  })

  it('is a change of its own', () => {
    const there = [serving(manifest('http://a.example', OTHER), { units: [] })]
    const taken = plan([staticSite({ routes: ['http://a.example'] })], there, { takeOver: true })
    assert.equal(taken.services[0]?.status, 'changed')
  })

  it('is adopted where there is none yet, with the next change', () => {
    const there = [serving(manifest('http://a.example', undefined), { units: [] })]
    const same = plan([staticSite({ routes: ['http://a.example'] })], there)
    assert.deepEqual([same.problems, same.services[0]?.status], [[], 'unchanged'])
    const next = plan([staticSite({ routes: ['http://b.example'] })], there)
    assert.deepEqual(next.problems, [])
    assert.equal(next.services[0]?.manifest.project, PROJECT.name)
  })

  it('is told where the config does not say it, until it is on record', () => {
    const project: Project = { name: 'me/shop', from: 'remote' }
    const told = (there: ServiceReport[]) =>
      plan([staticSite({ routes: ['http://a.example'] })], there, { project }).services[0]?.warnings
    const text = "its project is me/shop, by git's remote; `project: 'me/shop'` in the config keeps it so"
    assert.deepEqual(told([]), [text])
    assert.deepEqual(told([serving(manifest('http://b.example', undefined))]), [text])
    assert.deepEqual(told([serving(manifest('http://b.example', 'me/shop'))]), [])
  })

  it('is told without the environment that the config adds', () => {
    const project: Project = { name: 'me/shop:staging', base: 'me/shop', from: 'remote' }
    assert.deepEqual(
      plan([staticSite({ routes: ['http://a.example'] })], [], { project }).services[0]?.warnings,
      ["its project is me/shop:staging, by git's remote; `project: 'me/shop'` in the config keeps it so"],
    )
  })

  it('lets several environments share a host under names of their own', () => {
    const there = [serving(manifest('http://a.example', PROJECT.name, 'live'), { name: 'live' })]
    assert.deepEqual(plan([staticSite({ routes: ['http://test.a.example'] })], there).problems, [])
  })
})

describe('the URLs of a service', () => {
  it('are refused where another serves them, with its name and the way out', () => {
    const there = [serving(manifest('http://a.example', PROJECT.name, 'www'), { name: 'www' })]
    const { problems } = plan([staticSite({ routes: ['http://a.example'] })], there)
    assert.deepEqual(
      problems.map(({ problem }) => problem),
      ['web: a.example/ is served by www'],
    )
    assert.match(problems[0]?.fix ?? '', /`slipway rename www web`.*`slipway remove www`/)
  })

  it('may move from one to another in one deploy', () => {
    const there = [
      serving(manifest('http://a.example', PROJECT.name, 'www'), { name: 'www' }),
      serving(manifest('http://b.example', PROJECT.name), { name: 'web' }),
    ]
    const www = { ...staticSite({ routes: ['http://b.example'] }), name: 'www' }
    assert.deepEqual(plan([staticSite({ routes: ['http://a.example'] }), www], there).problems, [])
  })

  it('audit 7: are none inside what another project serves', () => {
    const there = [serving(manifest('http://a.example/forum/', OTHER, 'forum'), { name: 'forum' })]
    const login = staticSite({ routes: ['http://a.example/forum/login/'] })
    assert.deepEqual(
      plan([login], there).problems.map(({ problem }) => problem),
      [
        'web: a.example/forum/login/ lies within a.example/forum/, which is served by forum of the project ann/site',
      ],
    )
    assert.deepEqual(plan([login], there, { takeOver: true }).problems, [])
  })

  it('have the certificate and HSTS of the domain’s owner, and say so', () => {
    const main = manifestOf({ ...secureSite('https://a.example'), name: 'main' }, { project: OTHER })
    const web = secureSite('https://a.example/forum/', 999)
    const { services, problems } = plan([web], [serving(main, { name: 'main' })])
    assert.deepEqual(problems, [])
    assert.deepEqual(services[0]?.warnings, [
      'a.example belongs to main, which has / of it: certificate and HSTS are as that has them',
    ])
  })

  function secureSite(url: string, hstsSeconds = 0) {
    const site = staticSite({ routes: [url] })
    const routes = site.routes.map((route) => ({
      ...route,
      tls: { [route.domain]: { from: 'local' as const, hstsSeconds } },
    }))
    return { ...site, routes }
  }
})

describe('what is left of first deploys that failed', () => {
  it('is not listed', () => {
    const failed = serving(null, {
      ...{ name: 'ghost', current: null },
      releases: [{ number: 1, good: null, commit: null, unprivileged: true }],
    })
    assert.deepEqual(plan([], [failed, serving(null, { name: 'blog' })]).others, ['blog'])
  })
})
