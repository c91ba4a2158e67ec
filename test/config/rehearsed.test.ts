import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withRehearsedCertificates } from '../../src/config/rehearsed.js'
import { resolveConfig } from '../../src/config/resolve.js'
import { site } from '../../src/index.js'

/** Where the certificate of a.example is from, for services on a host. */
function source(ssh: string, certificates?: unknown): string | undefined {
  const services = { web: site({ package: '.#web', routes: ['https://a.example'] }) }
  const config = resolveConfig({ hosts: { h: ssh }, certificates, services }, { file: 'f', root: '/' })
  return withRehearsedCertificates(config).services[0]?.routes[0]?.tls?.['a.example']?.from
}

describe('withRehearsedCertificates', () => {
  it('has a throwaway host stand in for Let’s Encrypt', () => assert.equal(source('rehearse:web'), 'local'))
  it('has it stand in for the staging server', () =>
    assert.equal(source('rehearse:web', { server: 'letsencrypt-staging' }), 'local'))
  it('leaves an ACME server of the user’s own', () =>
    assert.equal(source('rehearse:web', { server: 'https://acme.example/d' }), 'acme'))
  it('leaves real hosts alone', () => assert.equal(source('root@example.com'), 'acme'))
  it('makes none where there are to be none', () => assert.equal(source('rehearse:web', 'none'), undefined))
})
