import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { certificatePlaces, PRIVATE_FILE } from './places.js'

/** Keeps the credentials of DNS providers, which lego takes from its environment. */
export async function writeEnv(agent: Agent, text: string): Promise<void> {
  const lines = text.replace(/\n$/, '').split('\n')
  if (!lines.every((line) => /^([A-Za-z_][A-Za-z0-9_]*=.*|#.*|)$/.test(line))) {
    throw failed('expected lines NAME=value')
  }
  const { root, env } = certificatePlaces(agent)
  await agent.files.makeFolder(root)
  await agent.files.write(env, `${lines.join('\n')}\n`, PRIVATE_FILE)
}

export async function readEnv(agent: Agent): Promise<Record<string, string>> {
  return parseEnv((await readText(certificatePlaces(agent).env)) ?? '')
}

/** Reads lines as systemd reads an `EnvironmentFile=` (systemd.exec(5)): quotes around a value are not part of it. */
export function parseEnv(text: string): Record<string, string> {
  const entries = text.split('\n').flatMap((line): [string, string][] => {
    const [, name, value = ''] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [[name, unquoted(value.trim())]]
  })
  return Object.fromEntries(entries)
}

function unquoted(value: string): string {
  const [, quote, inner] = /^(["'])(.*)\1$/.exec(value) ?? []
  if (inner === undefined) return value.replace(/\\(.)/g, '$1')
  return quote === "'" ? inner : inner.replace(/\\(["\\$`])/g, '$1')
}
