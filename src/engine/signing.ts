import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SlipwayError } from '../errors.js'
import { sign } from '../nix/nix-command.js'
import { runProgram } from '../run-program.js'
import { userFolder } from '../user-folder.js'

/** The variable that names the file of the key that signs closures. */
export const SIGNING_KEY_VARIABLE = 'SLIPWAY_SIGNING_KEY_FILE'

/** The file of the key that signs what this machine deploys, as `nix key generate-secret` makes it. */
export function signingKeyFile(env: NodeJS.ProcessEnv = process.env): string {
  return env[SIGNING_KEY_VARIABLE] || join(userFolder(env), 'signing.key')
}

/**
 * Signs closures in this machine's store, for a host that lets this login in with a key for one service.
 * @throws SlipwayError where there is no key, or Nix does not let this user sign.
 */
export async function signPaths(host: string, paths: readonly string[]): Promise<void> {
  const file = signingKeyFile()
  if (!existsSync(file)) {
    throw new SlipwayError({
      what: `there is no key to sign packages with, and ${host} takes only signed ones from this login`,
      why: `${file} is not there.`,
      still: 'Nothing was changed there.',
      next: `Make one with \`nix key generate-secret --key-name NAME >FILE\`, name its file in ${SIGNING_KEY_VARIABLE}, and have its public half allowed: slipway keys add … --signing-key.`,
    })
  }
  const { program, args } = sign([...new Set(paths)], file)
  const result = await runProgram(program, args)
  if (result.exitCode === 0) return
  throw new SlipwayError({
    what: 'the packages could not be signed',
    why: result.stderr.trim(),
    still: `Nothing was changed on ${host}.`,
    next: /not privileged|not trusted|untrusted/.test(result.stderr)
      ? "Nix's daemon lets only `trusted-users` of nix.conf sign: add this user there."
      : `See whether ${file} is a secret key of Nix.`,
  })
}

/** The host's Nix has refused a package. */
export function unsignedError(host: string, stderr: string): SlipwayError {
  const why = stderr.split('\n').find((line) => /signature|signed/.test(line)) ?? stderr
  return new SlipwayError({
    what: `${host} takes no packages that are signed with this key, or not at all`,
    why: why.trim(),
    still: 'What served before serves still.',
    next: `Somebody with full access can allow the public half of ${signingKeyFile()}: slipway keys add ${host} … --signing-key FILE`,
  })
}
