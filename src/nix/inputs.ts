import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { SlipwayError } from '../errors.js'
import { namesInText } from './names-before.js'
import { applyToFile, lockFlake, parseFile } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'

/** Part of a lock file of a flake, of any version so far: the names of its inputs. */
const lockSchema = z.object({
  root: z.string(),
  nodes: z.record(z.string(), z.object({ inputs: z.record(z.string(), z.unknown()).optional() })),
})

/** Inputs that are declared, and those that `outputs` takes without: they come from the registry. */
const INPUT_NAMES =
  'flake: builtins.attrNames (removeAttrs ((flake.inputs or { }) // ' +
  '(if builtins.isFunction flake.outputs then builtins.functionArgs flake.outputs else { })) [ "self" ])'

/**
 * The inputs of the flake in a folder that its flake.lock doesn't have. Fetches nothing. Empty where Nix can't read
 * flake.nix: what is wrong with it, the evaluation of its packages tells.
 * @throws SlipwayError where flake.lock is there and can't be read.
 */
export async function unlockedInputs(nix: NixRunner, folder: string): Promise<string[]> {
  const path = join(folder, 'flake.nix')
  const [named, locked] = await Promise.all([
    namesInText(path, await readFile(path, 'utf8'), async () => {
      const { exitCode, stdout } = await nix.run(applyToFile(path, INPUT_NAMES))
      return exitCode === 0 ? z.array(z.string()).parse(JSON.parse(stdout)) : undefined
    }),
    lockedInputs(join(folder, 'flake.lock')),
  ])
  return named.filter((name) => !locked.includes(name))
}

async function lockedInputs(path: string): Promise<string[]> {
  try {
    const { root, nodes } = lockSchema.parse(JSON.parse(await readFile(path, 'utf8')))
    return Object.keys(nodes[root]?.inputs ?? {})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new SlipwayError({
      what: `${path} can't be read as the lock file of a flake`,
      why: error instanceof Error ? error.message : String(error),
      still: 'Nothing was contacted or changed.',
      next: 'Take it from an earlier commit; or remove it, and `nix flake lock` writes it anew.',
    })
  }
}

/**
 * Locks the inputs that a flake's lock file lacks; those that it has stay. In a git repository Nix makes git know the file.
 * @returns what Nix says where it can't, such as without a network.
 */
export async function lockInputs(nix: NixRunner, flake: string): Promise<string | undefined> {
  const { exitCode, stderr } = await nix.run(lockFlake(flake))
  if (exitCode === 0) return undefined
  const said = stderr.split('\n').find((line) => line.startsWith('error:')) ?? stderr.trim()
  return said.replace(/^error: */, '')
}

/** How the parser shows `<NAME/…>`: within strings, quotes have a backslash. */
const SEARCHED = /\(__findFile __nixPath "([^"\\/]+)(?:\/[^"\\]*)?"\)/g

/** The names that a Nix file looks for on the search path, as `nixpkgs` of `<nixpkgs>`; not those of files it imports. */
export async function searchedNames(nix: NixRunner, file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  // Where it can't be read, the evaluation of its packages tells.
  if (text === undefined) return []
  return namesInText(file, text, async () => {
    const { exitCode, stdout } = await nix.run(parseFile(file))
    if (exitCode !== 0) return undefined
    return [...new Set([...stdout.matchAll(SEARCHED)].map(([, name = '']) => name))]
  })
}
