import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { listFolder } from '../files.js'

/**
 * secrets/<service>/.key                 what versions are made with: HMAC-SHA256 of a value. Who has not got it can
 *                                        not tell a value from its version by trying
 * secrets/<service>/<NAME>/<version>     a value; <version>.cred where systemd-creds(1) has encrypted it
 * secrets/<service>/<NAME>/kept -> …     the version of a secret that this host alone has
 * services/<service>/releases/<n>/secrets/<NAME> -> the version that the release was made with
 *
 * All of it is root's.
 */

/** Folders of secrets. */
export const SECRET_FOLDER_MODE = 0o700
/** Files of secrets. */
export const SECRET_FILE_MODE = 0o600
/** The version that the host alone keeps. */
export const KEPT = 'kept'

const SERVICE = /^[a-z][a-z0-9-]*$/
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const VERSION = /^[0-9a-f]+(\.cred)?$/

export function isVersion(text: string): boolean {
  return VERSION.test(text)
}

export function keyFile(agent: Agent, service: string): string {
  return join(agent.places.secrets, service, '.key')
}

export function secretFolder(agent: Agent, service: string, name: string): string {
  return join(agent.places.secrets, service, name)
}

export function versionFile(agent: Agent, service: string, name: string, version: string): string {
  return join(secretFolder(agent, service, name), version)
}

/** The services that have secrets. */
export async function servicesWithSecrets(agent: Agent): Promise<string[]> {
  return (await listFolder(agent.places.secrets)).filter((name) => SERVICE.test(name))
}

/** The names of a service's secrets. */
export async function secretNames(agent: Agent, service: string): Promise<string[]> {
  return (await listFolder(join(agent.places.secrets, service))).filter((name) => NAME.test(name))
}

/** Whether these can be names of files of ours: a contract's schema lets nothing else in. */
export function isSecret(service: string, name: string, version: string): boolean {
  return SERVICE.test(service) && NAME.test(name) && VERSION.test(version)
}
