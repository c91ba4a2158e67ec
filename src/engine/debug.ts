import type { NixCommand } from '../nix/nix-command.js'
import type { NixRunner } from '../nix/nix-runner.js'
import type { Engine } from './engine.js'

/** The same runner; each command it runs is told with its time. */
export function timedNix({ tell }: Pick<Engine, 'tell'>, nix: NixRunner): NixRunner {
  return {
    ...nix,
    run: (command, onErrorLine) =>
      timed({ tell }, nix.isLocal ? null : nix.where, command, () => nix.run(command, onErrorLine)),
  }
}

/** Runs a command of Nix, and tells of it with its time. */
export async function timed<T>(
  { tell }: Pick<Engine, 'tell'>,
  host: string | null,
  { program, args }: NixCommand,
  work: () => Promise<T>,
): Promise<T> {
  const began = performance.now()
  try {
    return await work()
  } finally {
    const text = withoutSecrets([program, ...args].join(' '))
    tell({ type: 'debug', what: 'nix', host, text, ms: performance.now() - began })
  }
}

/** Cuts what a URL may hold to get in: `https://token@host`, `?access_token=…`. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/(\w:\/\/)[^/@\s]+@/g, '$1…@')
    .replace(/([?&][\w-]*(?:token|key|secret|password)[\w-]*=)[^&\s]+/gi, '$1…')
}
