import type { Program, SecretAs } from '../contract/service.js'

/** A secret as a release refers to it: its version on the host, and how the program gets it. */
export interface SecretUse {
  version: string
  as: SecretAs
}

/** The secrets of a release, by name. */
export type SecretUses = Record<string, SecretUse>

/** The file of a release that gives a program its secrets as variables. */
export const WITH_SECRETS = 'with-secrets'

/** The secrets of a service whose versions are known. */
export function secretUses(
  { secretsAs }: Pick<Program, 'secretsAs'>,
  versions: Record<string, string>,
): SecretUses {
  const uses: SecretUses = {}
  for (const [name, as] of Object.entries(secretsAs)) {
    const version = versions[name]
    if (version !== undefined) uses[name] = { version, as }
  }
  return uses
}

/** Whether programs get any of them as variables. */
export function wantsVariables(uses: SecretUses): boolean {
  return Object.values(uses).some(({ as }) => as === 'env')
}

/** What a version that the host has encrypted ends with. */
const ENCRYPTED = '.cred'

/** The name of a version on a host. */
export function versionName(version: string, encrypted: boolean): string {
  return encrypted ? `${version}${ENCRYPTED}` : version
}

/**
 * What brings a unit its secrets, see systemd.exec(5), "Credentials". The paths go through the release, so a secret
 * that changes does not change the unit.
 */
export function credentialDirectives(uses: SecretUses, release: string): Record<string, string[]> {
  const lines = (encrypted: boolean) =>
    Object.entries(uses)
      .filter(([, { version, as }]) => as !== 'nginx' && version.endsWith(ENCRYPTED) === encrypted)
      .map(([name]) => `${name}:${release}/secrets/${name}`)
  const [plain, encrypted] = [lines(false), lines(true)]
  return {
    ...(plain.length > 0 && { LoadCredential: plain }),
    ...(encrypted.length > 0 && { LoadCredentialEncrypted: encrypted }),
  }
}

/**
 * A shell program that gives another one its secrets as variables, at the last moment: they are in no unit, no file of
 * the release and no command line. undefined where no secret is wanted as a variable. The dot keeps line breaks at
 * the end, which the shell would drop.
 */
export function withSecretsProgram(uses: SecretUses): string | undefined {
  const names = Object.keys(uses).filter((name) => uses[name]?.as === 'env')
  if (names.length === 0) return undefined
  const lines = names.map(
    (name) =>
      `${name}=$(cat "$CREDENTIALS_DIRECTORY/${name}" && echo .) || exit 1\nexport ${name}="\${${name}%.}"\n`,
  )
  return `#!/bin/sh\n# Runs a program with the service's secrets as variables.\n${lines.join('')}exec "$@"\n`
}
