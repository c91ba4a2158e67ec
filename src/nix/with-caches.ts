import type { ReadCache } from '../contract/cache.js'
import type { NixCommand } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'

/** What Nix says where a cache, and not a build, is what failed, in the words of several versions. */
const OF_CACHES =
  /unable to download|HTTP error|substitut|hash mismatch importing|Could(?:n't| not) (?:connect|resolve)/

/**
 * The same runner; what it builds is looked for in caches, too. Where one of them is why that failed, it is done again without:
 * Nix itself takes a cache that fails in the middle for a build that fails. Daemons that don't trust the user pass it over.
 */
export function withCaches(nix: NixRunner, caches: () => Promise<readonly ReadCache[]>): NixRunner {
  return {
    ...nix,
    run: async (command, onErrorLine) => {
      if (!isRealise(command)) return nix.run(command, onErrorLine)
      const read = await caches()
      if (read.length === 0) return nix.run(command, onErrorLine)
      const result = await nix.run({ ...command, args: [...command.args, ...options(read)] }, onErrorLine)
      if (result.exitCode === 0 || !OF_CACHES.test(result.stderr)) return result
      return nix.run(command, onErrorLine)
    },
  }
}

function isRealise({ program, args }: NixCommand): boolean {
  return program === 'nix-store' && args[0] === '--realise' && !args.includes('--check')
}

/** Seconds until a cache that does not answer is given up, and how often what failed is asked for again. */
const CONNECT_SECONDS = 5
const ATTEMPTS = 2

function options(caches: readonly ReadCache[]): string[] {
  const settings = {
    'extra-substituters': caches.map(({ url }) => url).join(' '),
    'extra-trusted-public-keys': caches.map(({ key }) => key).join(' '),
    'connect-timeout': String(CONNECT_SECONDS),
    'download-attempts': String(ATTEMPTS),
    // Nix believes for an hour that a cache lacks what it lacked; somebody may just have filled it.
    'narinfo-cache-negative-ttl': '0',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['--option', name, value])
}
