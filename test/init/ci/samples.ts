import type { CiOptions } from '../../../src/init/ci/options.js'

/** Options of a workflow, with some of one's own. */
export function ciOptions(own: Partial<CiOptions> = {}): CiOptions {
  return {
    slipway: 'npx --yes slipway@0.1.0',
    config: 'slipway.config.ts',
    environment: undefined,
    branch: 'main',
    checks: true,
    cache: undefined,
    secrets: [],
    upstream: undefined,
    runner: undefined,
    ...own,
  }
}

/** What differs between the workflows that tests look at. */
export const VARIANTS: [string, Partial<CiOptions>][] = [
  ['plain', {}],
  ['without checks', { checks: false }],
  ['below the top', { config: 'services/web/slipway.config.ts' }],
  ['with Cachix', { cache: { cachix: 'my-cache' } }],
  ['with another cache', { cache: { url: 's3://bucket?region=eu-central-1&profile=ci' } }],
  ['on machines of its own', { runner: 'ubuntu-24.04-arm' }],
  ['with secrets', { secrets: ['SLIPWAY_AGE_KEY', 'SMTP_PASSWORD'] }],
  ['of another branch', { branch: 'release/1.0' }],
  ['of a branch like a number', { branch: '1.10' }],
  ['of an environment', { environment: 'production' }],
  ['bumping', { upstream: 'app' }],
  ['bumping an environment', { upstream: 'app', environment: 'staging' }],
  [
    'bumping below the top, with Cachix',
    { upstream: 'app', config: 'a/slipway.config.mts', cache: { cachix: 'c' } },
  ],
  [
    'bumping with another cache',
    { upstream: 'app-src', cache: { url: 'https://cache.example.com' }, branch: 'trunk' },
  ],
]
