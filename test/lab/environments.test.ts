import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { fields, NIXPKGS, type Project, project } from './project.js'

const HOST = 't-environments'

/** Two environments that share a host. */
function config(names: { staging: string; production: string }): string {
  return `import { type Config, defineEnvironments, service } from 'slipway'

const shop = (own: { name: string; domain: string }): Config => ({
  project: 'me/shop',
  hosts: { web: 'rehearse:${HOST}' },
  overrideInputs: { nixpkgs: '${NIXPKGS}' },
  services: {
    [own.name]: service({
      package: { file: './default.nix' },
      listen: 'port',
      routes: ['http://' + own.domain],
      env: { MESSAGE: own.domain },
    }),
  },
})

export default defineEnvironments({
  staging: shop({ name: '${names.staging}', domain: 'staging.example.test' }),
  production: shop({ name: '${names.production}', domain: 'example.test' }),
})
`
}

describe('environments', () => {
  const after = cleanups()
  let host: LabHost
  let app: Project

  const well = async (...words: string[]) => {
    const ended = await app.slipway(...words)
    assert.equal(ended.code, 0, ended.text)
    return ended.text
  }
  const message = async (domain: string) => fields((await host.get(domain, '/')).body).message

  before(async () => {
    host = await labHost(HOST, after)
    app = await project('test/fixtures/app', after)
    await app.write('slipway.config.ts', config({ staging: 'shop-staging', production: 'shop' }))
    await app.commit()
    await well('setup', 'web', '--env', 'staging')
  })

  it('are listed where none is named, and nothing is contacted', async () => {
    const { code, text } = await app.slipway('deploy')
    assert.equal(code, 2)
    assert.match(
      text,
      /slipway\.config\.ts has environments, and none was named\n {2}It has staging, production\./,
    )
  })

  it('share a host under names of their own', async () => {
    assert.match(
      await well('plan', '--env', 'staging'),
      /^web, staging\n {2}\+ shop-staging: new, release 1/m,
    )
    await well('deploy', '--env', 'staging')
    const planned = await well('plan', '--env', 'production')
    assert.match(planned, /^web, production\n {2}\+ shop: new, release 1[\s\S]*left alone: shop-staging/m)
    await well('deploy', '--env', 'production')
    assert.equal(await message('staging.example.test'), 'staging.example.test')
    assert.equal(await message('example.test'), 'example.test')
    for (const environment of ['staging', 'production']) {
      assert.match(await well('plan', '--env', environment), /unchanged, release 1/)
    }
  })

  it("never replace each other's services", async () => {
    await app.write('slipway.config.ts', config({ staging: 'shop', production: 'shop' }))
    for (const command of ['plan', 'deploy']) {
      const { code, text } = await app.slipway(command, '--env', 'staging')
      assert.equal(code, 3, text)
      assert.match(
        text,
        /shop is the service of another project: \S+@\S+ deployed it from the project me\/shop:production on/,
      )
    }
    assert.equal(await message('example.test'), 'example.test')
    assert.match(await well('plan', '--env', 'production'), /= shop: unchanged, release 1/)
  })
})
