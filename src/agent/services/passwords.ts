import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Manifest } from '../../contract/release.js'
import { PASSWORDS } from '../../release/nginx-route.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { versionFile } from '../secrets/places.js'

/** Readable by nginx's workers, and nobody else. */
const FILE_MODE = 0o640
const FOLDER_MODE = 0o750
const SALT_BYTES = 16
/** More would be looked through with every request. */
const MAX_USERS = 1000

/** Makes what nginx checks passwords by, of the secrets of a release that are for it. */
export async function writePasswords(
  agent: Agent,
  releaseDir: string,
  { service, secrets }: Manifest,
  nginxGroup: string,
): Promise<void> {
  if (service.kind === 'site') return
  const folder = join(releaseDir, PASSWORDS)
  for (const [name, version] of Object.entries(secrets)) {
    if (service.secretsAs[name] !== 'nginx') continue
    const text = passwordFile(await secretValue(agent, service.name, name, version), name)
    await agent.files.makeFolder(folder, FOLDER_MODE)
    await agent.files.put(join(folder, name), text, FILE_MODE)
    const { code, stderr } = await agent.run(['chgrp', '-R', '--', nginxGroup, folder])
    if (code !== 0) throw failed(`nginx could not be given the passwords ${name}`, { why: stderr.trim() })
  }
}

/**
 * nginx's file of lines `USER:HASH`, of a secret's lines `USER:PASSWORD`. {SSHA} is made in no time: nginx checks a
 * password with every request, and meanwhile does nothing else. What it lacks in slowness keeps whom the file is hidden
 * from anyway.
 */
export function passwordFile(value: string, name: string): string {
  const lines = value.split(/\r?\n/).filter((line) => line !== '')
  if (lines.length === 0 || lines.length > MAX_USERS || !lines.every((line) => /^[^:\s]+:.+$/.test(line))) {
    throw failed(`the secret ${name} is no list of passwords`, {
      why: `it must have a line USER:PASSWORD for each of 1 to ${MAX_USERS} users`,
      next: `slipway secrets edit, or wherever the value of ${name} comes from`,
    })
  }
  return lines
    .map((line) => `${line.slice(0, line.indexOf(':'))}:${hashed(line.slice(line.indexOf(':') + 1))}\n`)
    .join('')
}

/** RFC 2307's {SSHA}: https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html#auth_basic_user_file */
function hashed(password: string): string {
  const salt = randomBytes(SALT_BYTES)
  const digest = createHash('sha1').update(password).update(salt).digest()
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`
}

async function secretValue(agent: Agent, service: string, name: string, version: string): Promise<string> {
  const path = versionFile(agent, service, name, version)
  if (!version.endsWith('.cred')) return (await readText(path)) ?? ''
  const { code, stdout, stderr } = await agent.run(['systemd-creds', 'decrypt', `--name=${name}`, path, '-'])
  if (code === 0) return stdout
  throw failed(`systemd-creds could not decrypt the secret ${name} of ${service}`, { why: stderr.trim() })
}
