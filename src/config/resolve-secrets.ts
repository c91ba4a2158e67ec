import type { SecretConfig, SecretsConfig } from './resolved.js'
import type { Secrets, Service } from './types.js'

/** The encrypted file with its defaults: each environment has its own. */
export function resolveSecretsFile(given: Secrets | undefined, environment?: string): SecretsConfig {
  const own = environment === undefined ? 'secrets.age' : `secrets.${environment}.age`
  return { file: given?.file ?? own, recipients: given?.recipients ?? {} }
}

/** A service's secrets, by name in a fixed order: a config that lists them anew is no change. */
export function resolveSecrets(given: Service['secrets'] = []): SecretConfig[] {
  const all = Array.isArray(given)
    ? given.map((name): SecretConfig => ({ name, from: 'file', as: 'env' }))
    : Object.entries(given).map(
        ([name, { from = 'file', as = 'env' }]): SecretConfig => ({
          name,
          from: typeof from === 'object' && 'command' in from ? { command: words(from.command) } : from,
          as,
        }),
      )
  return all.sort((one, other) => (one.name < other.name ? -1 : 1))
}

function words(command: string | string[]): string[] {
  return typeof command === 'string' ? command.trim().split(/\s+/) : command
}
