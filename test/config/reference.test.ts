import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { referenceSections, referenceText, typesText } from '../../src/config/reference.js'

const sections = referenceSections()

/** The type of a field, as the reference shows it. */
function typeOf(section: string, field: string): string | undefined {
  return sections.find(({ name }) => name === section)?.fields.find(({ name }) => name === field)?.type
}

describe('referenceSections', () => {
  it('starts with the config and what it holds', () => {
    assert.deepEqual(
      sections.slice(0, 4).map(({ name }) => name),
      ['Config', 'Service', 'Site', 'System'],
    )
  })

  it('has a section for every object that can be written', () => {
    assert.deepEqual(
      sections
        .slice(4)
        .map(({ name }) => name)
        .sort(),
      [
        'BasicAuth',
        'Cache',
        'CacheLifetimes',
        'Certificates',
        'DnsChallenge',
        'DomainCertificate',
        'EnvPackage',
        'Escalate',
        'FixedPort',
        'Guard',
        'Health',
        'Hook',
        'HostOptions',
        'Http',
        'NixFile',
        'Process',
        'PythonEnvironment',
        'RateLimit',
        'Redirect',
        'RouteOptions',
        'Secret',
        'SecretFromCommand',
        'SecretFromEnv',
        'Secrets',
        'SystemGuard',
        'Timer',
      ],
    )
  })

  it('shows types as TypeScript', () => {
    assert.equal(typeOf('Config', 'hosts'), 'Record<string, string | HostOptions>')
    assert.equal(typeOf('Config', 'services'), 'Record<string, Service | Site>')
    assert.equal(typeOf('Service', 'package'), 'string | NixFile | PythonEnvironment')
    assert.equal(typeOf('Service', 'routes'), '(string | RouteOptions)[]')
    assert.equal(typeOf('Service', 'listen'), "FixedPort | 'port' | 'unix' | 'socket'")
    assert.equal(typeOf('Service', 'kind'), "'service'")
    assert.equal(typeOf('Service', 'before'), 'string | Hook | Hook[] | string[]')
    assert.equal(typeOf('Health', 'status'), 'number[]')
    assert.equal(typeOf('Health', 'timeout'), 'string')
    assert.equal(typeOf('Service', 'env'), 'Record<string, string | number | boolean | EnvPackage>')
  })

  it('tells optional fields from needed ones', () => {
    const health = sections.find(({ name }) => name === 'Timer')?.fields
    assert.deepEqual(
      health?.map(({ name, optional }) => [name, optional]),
      [
        ['run', false],
        ['calendar', false],
        ['env', true],
        ['unit', true],
      ],
    )
  })

  it('describes every field', () => {
    const silent = sections.flatMap(({ name, fields }) =>
      fields.filter(({ description }) => description === '').map((field) => `${name}.${field.name}`),
    )
    assert.deepEqual(silent, [])
  })
})

describe('referenceText', () => {
  it('is a heading and a line a field', () => {
    const fields = [
      { name: 'run', type: 'string', optional: false, description: 'What runs.' },
      { name: 'env', type: 'Env', optional: true, description: '' },
    ]
    assert.equal(
      referenceText([
        { name: 'Job', fields },
        { name: 'Empty', fields: [] },
      ]),
      '## Job\n\n- `run: string`: What runs.\n- `env?: Env`\n\n## Empty\n\n',
    )
  })
})

describe('typesText', () => {
  it('is an interface a section, with descriptions for editors', () => {
    const fields = [
      { name: 'run', type: 'string', optional: false, description: 'What runs.' },
      { name: 'env', type: 'Env', optional: true, description: '' },
    ]
    assert.equal(
      typesText([{ name: 'Job', fields }]),
      `// Generated from schema.ts by \`npm run generate\`: change it there.

export interface Job {
  /** What runs. */
  run: string
  env?: Env | undefined
}
`,
    )
  })

  it('has no description that would end its comment', () => {
    const ending = sections.flatMap(({ fields }) =>
      fields.filter(({ description }) => description.includes('*/')),
    )
    assert.deepEqual(ending, [])
  })
})
