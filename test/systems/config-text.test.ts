import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configText } from '../../src/systems/config-text.js'
import { deploy, node, profile, resolve } from './samples.js'

/** The config of a `deploy` output. */
function text(json: unknown, target = '.'): string {
  return configText(resolve(json, target), '.')
}

describe('configText', () => {
  it('says no more than it must', () => {
    assert.equal(
      text(deploy({ web: node({ fastConnection: true }) })),
      `import { defineConfig, system } from 'slipway'

// From the deploy nodes of \`.\`; the systems of a host are activated in this order.
export default defineConfig({
  hosts: {
    web: 'root@host',
  },
  systems: {
    'web-system': system({ flake: '.#deploy.nodes."web".profiles."system".path' }),
  },
})
`,
    )
  })

  it('says all that differs from the defaults', () => {
    const nodes = {
      web: node({
        sshUser: 'admin',
        sshOpts: ['-p', '2222'],
        sudo: 'doas -u',
        remoteBuild: true,
        profilesOrder: ['system'],
        profiles: {
          app: profile({ user: 'ann', confirmTimeout: 45, activationTimeout: 600 }),
          'web-data': profile({ user: 'ann' }),
          home: profile({ user: 'ann', profilePath: '/home/ann/p' }),
          system: profile({ user: 'root', autoRollback: false, magicRollback: false }),
          tools: profile({ user: 'root' }),
        },
      }),
      db: node({ hostname: 'db' }),
    }
    assert.equal(
      text(deploy(nodes)),
      `import { defineConfig, system } from 'slipway'

// From the deploy nodes of \`.\`; the systems of a host are activated in this order.
export default defineConfig({
  hosts: {
    db: { ssh: 'root@db', substitutes: true },
    web: {
      ssh: 'admin@host',
      options: ['-p', '2222'],
      build: 'host',
      become: 'doas -u root',
      substitutes: true,
    },
  },
  systems: {
    'db-system': system({ flake: '.#deploy.nodes."db".profiles."system".path', host: 'db' }),
    'web-system': system({
      flake: '.#deploy.nodes."web".profiles."system".path',
      host: 'web',
      confirm: false,
      revert: false,
    }),
    'web-app': system({
      flake: '.#deploy.nodes."web".profiles."app".path',
      host: 'web',
      user: 'ann',
      profile: 'app',
      guard: { activate: '10m', confirm: '45s' },
    }),
    'web-home': system({
      flake: '.#deploy.nodes."web".profiles."home".path',
      host: 'web',
      user: 'ann',
      profile: '/home/ann/p',
    }),
    'web-tools': system({
      flake: '.#deploy.nodes."web".profiles."tools".path',
      host: 'web',
      profile: 'tools',
    }),
    'web-web-data': system({
      flake: '.#deploy.nodes."web".profiles."web-data".path',
      host: 'web',
      user: 'ann',
      profile: 'web-data',
    }),
  },
})
`,
    )
  })
})
