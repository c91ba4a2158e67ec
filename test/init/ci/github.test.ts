import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import { parse } from 'yaml'
import { githubWorkflow } from '../../../src/init/ci/actions.js'
import { ciOptions, VARIANTS } from './samples.js'

/** What GitHub's own parser, with GitHub's schema, finds wrong. */
async function problems(content: string): Promise<string[]> {
  const parsed = parseWorkflow({ name: 'deploy.yml', content }, new NoOperationTraceWriter())
  if (parsed.value) await convertWorkflowTemplate(parsed.context, parsed.value)
  return parsed.context.errors.getErrors().map(({ message }) => message)
}

describe('githubWorkflow', () => {
  it('checks and builds every change, and deploys what is pushed', () => {
    const { path, text, settings } = githubWorkflow(ciOptions())
    assert.equal(path, '.github/workflows/deploy.yml')
    assert.equal(
      text,
      `# Checks and builds every change, and deploys what is pushed to main.
# Written by \`slipway ci github\`; yours to change.
name: deploy
on:
  push:
    branches: [main]
  pull_request:
concurrency: deploy-\${{ github.ref }}
permissions:
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: cachix/install-nix-action@v31
      - run: npx --yes slipway@0.1.0 check
      - run: npx --yes slipway@0.1.0 build
      - if: github.event_name == 'push'
        env:
          SSH_KEY: \${{ secrets.SSH_KEY }}
          SSH_KNOWN_HOSTS: \${{ vars.SSH_KNOWN_HOSTS }}
        run: |
          (umask 077; mkdir -p ~/.ssh; echo "$SSH_KEY" > ~/.ssh/id_ed25519; echo "$SSH_KNOWN_HOSTS" > ~/.ssh/known_hosts)
          npx --yes slipway@0.1.0 deploy
`,
    )
    assert.deepEqual(
      settings.map(({ name, kind }) => [name, kind]),
      [
        ['SSH_KEY', 'secret'],
        ['SSH_KNOWN_HOSTS', 'variable'],
      ],
    )
  })

  it('bumps an input when it is dispatched', () => {
    const { path, text, notes } = githubWorkflow(ciOptions({ upstream: 'app', cache: { cachix: 'ours' } }))
    assert.equal(path, '.github/workflows/bump-app.yml')
    const { on, permissions, jobs } = parse(text)
    assert.deepEqual(on, { repository_dispatch: { types: ['app'] }, workflow_dispatch: null })
    assert.deepEqual(permissions, { contents: 'write' })
    assert.deepEqual(
      jobs.deploy.steps.map(({ uses, run }: { uses?: string; run?: string }) => uses ?? run),
      [
        'actions/checkout@v4',
        'cachix/install-nix-action@v31',
        'cachix/cachix-action@v16',
        'nix flake update app\nnpx --yes slipway@0.1.0 build --fix-hashes\ngit diff --quiet || git -c user.name=slipway -c user.email=slipway@localhost commit -am "Update app"\n',
        'npx --yes slipway@0.1.0 check',
        '(umask 077; mkdir -p ~/.ssh; echo "$SSH_KEY" > ~/.ssh/id_ed25519; echo "$SSH_KNOWN_HOSTS" > ~/.ssh/known_hosts)\nnpx --yes slipway@0.1.0 deploy\ngit push origin HEAD:main\n',
      ],
    )
    assert.match(notes.join(), /gh api repos\/OWNER\/REPO\/dispatches -f event_type=app$/)
  })

  it('gives what secrets are read from to the deploy alone', () => {
    const { text, settings } = githubWorkflow(ciOptions({ secrets: ['SLIPWAY_AGE_KEY', 'PIN'] }))
    const [deploy, ...others] = parse(text).jobs.deploy.steps.filter(({ env }: { env?: object }) => env)
    assert.deepEqual(others, [])
    assert.equal(deploy.env.SLIPWAY_AGE_KEY, `\${{ secrets.SLIPWAY_AGE_KEY }}`)
    assert.equal(deploy.env.PIN, `\${{ secrets.PIN }}`)
    assert.deepEqual(settings.slice(2), [
      {
        name: 'SLIPWAY_AGE_KEY',
        kind: 'secret',
        what: 'an age key, whose public half is among the recipients',
      },
      { name: 'PIN', kind: 'secret', what: 'a secret of the services' },
    ])
  })

  it('lets both deploy one after the other', () => {
    const group = (upstream?: string) => parse(githubWorkflow(ciOptions({ upstream })).text).concurrency
    assert.equal(group().replace(`\${{ github.ref }}`, 'refs/heads/main'), group('app'))
  })

  for (const [what, own] of VARIANTS) {
    it(`is valid ${what}`, async () =>
      assert.deepEqual(await problems(githubWorkflow(ciOptions(own)).text), []))
  }

  for (const [what, from, to] of [
    ['an unknown key', 'runs-on:', 'runs-at:'],
    ['an unknown event', '  pull_request:', '  pull_requests:'],
    ['a wrong permission', 'contents: read', 'contents: rad'],
    ['a broken expression', 'secrets.SSH_KEY }}', 'secrets.SSH_KEY ++ }}'],
  ] as const) {
    it(`would not be with ${what}`, async () => {
      const { text } = githubWorkflow(ciOptions())
      assert.ok(text.includes(from))
      assert.notDeepEqual(await problems(text.replace(from, to)), [])
    })
  }
})
