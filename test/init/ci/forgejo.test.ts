import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import { parse } from 'yaml'
import { forgejoWorkflow } from '../../../src/init/ci/actions.js'
import { ciOptions, VARIANTS } from './samples.js'

/**
 * Forgejo publishes no schema of its own form; what its reference documents (forgejo.org/docs/latest/user/actions/reference),
 * as far as workflows here may use it. Its schema in the runner is GitHub's with additions.
 */
const DOCUMENTED = {
  workflow: ['name', 'on', 'env', 'concurrency', 'jobs'],
  on: [
    'push',
    'pull_request',
    'pull_request_target',
    'issues',
    'release',
    'schedule',
    'workflow_call',
    'workflow_dispatch',
  ],
  job: [
    'runs-on',
    'container',
    'steps',
    'env',
    'if',
    'needs',
    'name',
    'timeout-minutes',
    'services',
    'strategy',
    'outputs',
  ],
  step: [
    'name',
    'id',
    'if',
    'run',
    'uses',
    'with',
    'env',
    'shell',
    'working-directory',
    'continue-on-error',
    'timeout-minutes',
  ],
}

/** The keys that Forgejo does not document, and what GitHub's schema finds wrong. */
function problems(text: string): string[] {
  const { on, jobs, ...rest } = parse(text)
  const unknown = (value: object, known: string[]) => Object.keys(value).filter((key) => !known.includes(key))
  const parsed = parseWorkflow({ name: 'deploy.yml', content: text }, new NoOperationTraceWriter())
  return [
    ...unknown(rest, DOCUMENTED.workflow),
    ...unknown(on, DOCUMENTED.on),
    ...Object.values<{ steps: object[] }>(jobs).flatMap((job) => [
      ...unknown(job, DOCUMENTED.job),
      ...job.steps.flatMap((step) => unknown(step, DOCUMENTED.step)),
    ]),
    ...parsed.context.errors.getErrors().map(({ message }) => message),
  ]
}

describe('forgejoWorkflow', () => {
  it('works in a container with Nix', () => {
    const { path, text } = forgejoWorkflow(ciOptions())
    assert.equal(path, '.forgejo/workflows/deploy.yml')
    assert.equal(
      text,
      `# Checks and builds every change, and deploys what is pushed to main.
# Written by \`slipway ci forgejo\`; yours to change.
name: deploy
on:
  push:
    branches: [main]
  pull_request:
concurrency: deploy-\${{ github.ref }}
env:
  NIX_CONFIG: experimental-features = nix-command flakes
jobs:
  deploy:
    runs-on: docker
    container: nixos/nix
    steps:
      - run: nix-env -iA nixpkgs.nodejs
      - uses: actions/checkout@v4
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
  })

  it('bumps an input when it is dispatched: Forgejo has no repository_dispatch', () => {
    const { path, text, notes } = forgejoWorkflow(ciOptions({ upstream: 'app' }))
    assert.equal(path, '.forgejo/workflows/bump-app.yml')
    assert.deepEqual(parse(text).on, { workflow_dispatch: null })
    assert.match(notes.join(), /actions\/workflows\/bump-app\.yml\/dispatches$/)
  })

  it('gives Cachix its token where it is needed', () => {
    const { steps } = parse(forgejoWorkflow(ciOptions({ cache: { cachix: 'ours' } })).text).jobs.deploy
    assert.deepEqual(
      steps.map(({ env = {} }) => 'CACHIX_AUTH_TOKEN' in env),
      [false, false, false, false, true],
    )
  })

  for (const [what, own] of VARIANTS) {
    it(`is valid ${what}`, () => assert.deepEqual(problems(forgejoWorkflow(ciOptions(own)).text), []))
  }

  it('would not be with what only GitHub has', () => {
    const { text } = forgejoWorkflow(ciOptions())
    assert.deepEqual(problems(text.replace('env:', 'permissions:\n  contents: read\nenv:')), ['permissions'])
    assert.deepEqual(problems(text.replace('  pull_request:', '  repository_dispatch:')), [
      'repository_dispatch',
    ])
  })
})
