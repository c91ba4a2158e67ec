import { join } from 'node:path'
import { domainFolder } from '../../contract/paths.js'
import type { Agent } from '../agent.js'

/**
 * Where certificates are. All but `webroot` is root's alone.
 *
 * certificates/
 *   domains/<domain>/
 *     versions/<time>/            fullchain.pem, key.pem, facts.json; `revoked` if its issuer says so, `looked-up`
 *     current -> versions/<time>  swapped by rename; nginx reads through it
 *     failure.json                why the last attempt failed, how many have in a row, when the next may be made
 *   lego/                         lego's accounts
 *   local/                        the host's own authority
 *   webroot/                      answers to HTTP challenges
 *   email                         whom accounts are in the name of, where no config says
 *   env                           credentials of DNS providers, for lego's environment
 */
export interface CertificatePlaces {
  root: string
  domains: string
  domain(name: string): string
  lego: string
  local: string
  webroot: string
  email: string
  env: string
  /** Written by the shell program of 0.1: nginx may not have read what changed. */
  legacyUnread: string
}

export function certificatePlaces({ places }: Agent): CertificatePlaces {
  const root = places.certificates
  const domains = join(root, 'domains')
  return {
    root,
    domains,
    domain: (name) => join(domains, domainFolder(name)),
    lego: join(root, 'lego'),
    local: join(root, 'local'),
    webroot: join(root, 'webroot'),
    email: join(root, 'email'),
    env: join(root, 'env'),
    legacyUnread: join(root, 'unread'),
  }
}

/** Only root reads it. */
export const PRIVATE_FOLDER = 0o700
export const PRIVATE_FILE = 0o600
