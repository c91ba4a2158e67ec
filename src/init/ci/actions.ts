import { KEY_VARIABLE } from '../../secrets/key-variables.js'
import type { CiOptions, Setting, Workflow } from './options.js'
import {
  bump,
  checkAndBuild,
  deploysOf,
  fillCache,
  installTools,
  slipway,
  taskName,
  useCache,
} from './script.js'
import { flowScalar, scalar, script } from './yaml.js'

/** GitHub Actions, and Forgejo Actions, which has much the same form. */

/** Actions from elsewhere, by the major versions that this was written for. */
const CHECKOUT = 'actions/checkout@v4'
const INSTALL_NIX = 'cachix/install-nix-action@v31'
const CACHIX = 'cachix/cachix-action@v16'

/** A step of a job. */
interface Step {
  uses?: string
  with?: Record<string, string>
  if?: string
  env?: Record<string, string>
  run?: string[]
}

/** An expression that the provider fills in. */
const expression = (text: string) => `\${{ ${text} }}`

const SSH: Record<string, string> = {
  SSH_KEY: expression('secrets.SSH_KEY'),
  SSH_KNOWN_HOSTS: expression('vars.SSH_KNOWN_HOSTS'),
}
const SSH_FILES =
  '(umask 077; mkdir -p ~/.ssh; echo "$SSH_KEY" > ~/.ssh/id_ed25519; echo "$SSH_KNOWN_HOSTS" > ~/.ssh/known_hosts)'
const CACHIX_TOKEN = expression('secrets.CACHIX_AUTH_TOKEN')

export function githubWorkflow(options: CiOptions): Workflow {
  const { cache } = options
  const cachix = cache && 'cachix' in cache ? cache.cachix : undefined
  const steps: Step[] = [
    { uses: CHECKOUT },
    { uses: INSTALL_NIX },
    ...(cachix === undefined ? [] : [{ uses: CACHIX, with: { name: cachix, authToken: CACHIX_TOKEN } }]),
    // The action fills the cache by itself.
    ...work(options, cachix === undefined ? fillCache(options) : []),
  ]
  return {
    path: `.github/workflows/${taskName(options)}.yml`,
    text: text('github', options, 'ubuntu-latest', steps, {}),
    settings: settingsOf(options),
    notes:
      options.upstream === undefined
        ? []
        : [
            `In the upstream repository, a token that may write here starts it: gh api repos/OWNER/REPO/dispatches -f event_type=${options.upstream}`,
          ],
  }
}

export function forgejoWorkflow(options: CiOptions): Workflow {
  const steps: Step[] = [
    // Actions such as the next one are run by node.
    { run: [installTools(options), ...useCache(options)] },
    { uses: CHECKOUT },
    ...work(options, fillCache(options), options.cache && 'cachix' in options.cache),
  ]
  return {
    path: `.forgejo/workflows/${taskName(options)}.yml`,
    text: text('forgejo', options, 'docker', steps, { container: 'nixos/nix' }),
    settings: settingsOf(options),
    notes:
      options.upstream === undefined
        ? []
        : [
            `In the upstream repository, a token that may write here starts it: curl -H "Authorization: token $TOKEN" --json '{"ref":"${options.branch}"}' https://FORGE/api/v1/repos/OWNER/REPO/actions/workflows/${taskName(options)}.yml/dispatches`,
          ],
  }
}

/** Checking, building and deploying. */
function work(options: CiOptions, fill: string[], tokenInEnv = false): Step[] {
  const { upstream, branch, cache } = options
  const env = {
    ...SSH,
    ...(tokenInEnv ? { CACHIX_AUTH_TOKEN: CACHIX_TOKEN } : {}),
    ...Object.fromEntries(options.secrets.map((name) => [name, expression(`secrets.${name}`)])),
    ...(cache && 'url' in cache ? { CACHE_SIGNING_KEY: expression('secrets.CACHE_SIGNING_KEY') } : {}),
  }
  const deploy = [...fill, SSH_FILES, slipway(options, 'deploy')]
  if (upstream === undefined) {
    return [
      ...checkAndBuild(options).map((line) => ({ run: [line] })),
      { if: "github.event_name == 'push'", env, run: deploy },
    ]
  }
  return [
    { run: bump(options, upstream) },
    ...(options.checks ? [{ run: [slipway(options, 'check')] }] : []),
    { env, run: [...deploy, `git push origin HEAD:${branch}`] },
  ]
}

function text(
  provider: 'github' | 'forgejo',
  options: CiOptions,
  runner: string,
  steps: readonly Step[],
  job: Record<string, string>,
): string {
  const { upstream, branch } = options
  const isGithub = provider === 'github'
  const what =
    upstream === undefined
      ? `Checks and builds every change, and deploys what is pushed to ${branch}.`
      : `Bumps the flake input ${upstream}, and deploys, when the upstream repository asks for it.`
  const dispatch = isGithub ? `\n  repository_dispatch:\n    types: [${flowScalar(upstream ?? '')}]` : ''
  const on =
    upstream === undefined
      ? `on:\n  push:\n    branches: [${flowScalar(branch)}]\n  pull_request:`
      : `on:${dispatch}\n  workflow_dispatch:`
  // One deploy at a time, whichever workflow it is of.
  const ref = upstream === undefined ? expression('github.ref') : `refs/heads/${branch}`
  const group = `${deploysOf(options)}-${ref}`
  const permissions = `permissions:\n  contents: ${upstream === undefined ? 'read' : 'write'}`
  const nix = 'env:\n  NIX_CONFIG: experimental-features = nix-command flakes'
  return [
    `# ${what}`,
    `# Written by \`slipway ci ${provider}\`; yours to change.`,
    `name: ${taskName(options).replace('-', ' ')}`,
    on,
    `concurrency: ${scalar(group)}`,
    // Each means nothing to the other: Forgejo's token has what it needs, install-nix-action sets this.
    isGithub ? permissions : nix,
    'jobs:',
    '  deploy:',
    `    runs-on: ${scalar(options.runner ?? runner)}`,
    ...Object.entries(job).map(([key, value]) => `    ${key}: ${value}`),
    '    steps:',
    ...steps.map(stepText),
    '',
  ].join('\n')
}

function stepText(step: Step): string {
  const map = (values: Record<string, string>) =>
    Object.entries(values)
      .map(([key, value]) => `\n          ${key}: ${scalar(value)}`)
      .join('')
  const entries = [
    ...(step.uses === undefined ? [] : [`uses: ${step.uses}`]),
    ...(step.with === undefined ? [] : [`with:${map(step.with)}`]),
    ...(step.if === undefined ? [] : [`if: ${step.if}`]),
    ...(step.env === undefined ? [] : [`env:${map(step.env)}`]),
    ...(step.run === undefined ? [] : [`run: ${script(step.run, '          ')}`]),
  ]
  return `      - ${entries.join('\n        ')}`
}

function settingsOf({ cache, secrets }: CiOptions): Setting[] {
  return [
    { name: 'SSH_KEY', kind: 'secret', what: 'a private key that the hosts let in' },
    { name: 'SSH_KNOWN_HOSTS', kind: 'variable', what: "the hosts' public keys" },
    ...secretSettings(secrets),
    ...cacheSettings(cache),
  ]
}

/** What the services' secrets are read from. */
export function secretSettings(names: readonly string[]): Setting[] {
  return names.map((name) => ({
    name,
    kind: 'secret',
    what:
      name === KEY_VARIABLE
        ? 'an age key, whose public half is among the recipients'
        : 'a secret of the services',
  }))
}

/** What a cache needs to be filled. */
export function cacheSettings(cache: CiOptions['cache']): Setting[] {
  if (!cache) return []
  return 'cachix' in cache
    ? [{ name: 'CACHIX_AUTH_TOKEN', kind: 'secret', what: `a token that may write to ${cache.cachix}` }]
    : [
        {
          name: 'CACHE_SIGNING_KEY',
          kind: 'secret',
          what: 'a key of `nix key generate-secret`, whose public half the readers of the cache trust',
        },
      ]
}
