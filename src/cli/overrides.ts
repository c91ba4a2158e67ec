import type { Config } from '../config/resolved.js'
import { resolveOverrides } from '../engine/overrides.js'
import { usageError } from '../errors.js'

interface OverrideFlags {
  overrideInput?: string[]
}

/** The inputs that a config and a command replace, by name. */
export function overridesOf(config: Config, flags: OverrideFlags): Record<string, string> {
  return resolveOverrides(config.root, config.overrideInputs, process.cwd(), givenOverrides(flags))
}

/** What `--override-input` gives, by the input's name. */
export function givenOverrides(flags: OverrideFlags): Record<string, string> {
  return Object.fromEntries((flags.overrideInput ?? []).map(parseOverride))
}

function parseOverride(text: string): [string, string] {
  const match = /^([\w-]+(?:\/[\w-]+)*)=(.+)$/.exec(text)
  if (!match?.[1] || !match[2]) {
    throw usageError({
      what: `--override-input ${text} is not NAME=PATH`,
      next: 'For example --override-input nixpkgs=../nixpkgs; an input of an input is deploy-rs/utils.',
    })
  }
  return [match[1], match[2]]
}

/** `--override-input NAME PATH`, as Nix has it, becomes one word that a flag can take. */
export function joinOverrides(argv: readonly string[]): string[] {
  const words: string[] = []
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? ''
    const [name, path] = [argv[index + 1], argv[index + 2]]
    words.push(word)
    if (word === '--') return [...words, ...argv.slice(index + 1)]
    if (word !== '--override-input' || name === undefined || path === undefined || name.includes('='))
      continue
    words.push(`${name}=${path}`)
    index += 2
  }
  return words
}
