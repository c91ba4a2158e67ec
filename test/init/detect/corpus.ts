import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { detect } from '../../../src/init/detect/detect.js'
import type { Detection, ExistingNix } from '../../../src/init/detect/project.js'
import { requireDefaults } from '../../../src/init/detect/questions.js'
import { settle } from '../../../src/init/detect/settle.js'
import type { Setup } from '../../../src/init/detect/setup.js'
import type { FileTree } from '../../../src/init/detect/tree.js'
import { configFile } from '../../../src/init/detect/write/config-file.js'
import { flakeFile } from '../../../src/init/detect/write/flake.js'

/** Where the repositories of the corpus lie, and what is expected of each. */
export const REPOSITORIES = fileURLToPath(new URL('../../fixtures/repos', import.meta.url))
export const EXPECTED = fileURLToPath(new URL('../../fixtures/init', import.meta.url))

/** A folder as a tree, without git. */
export function folderTree(name: string): FileTree {
  const root = join(REPOSITORIES, name)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(root, file)).isFile())
    .sort()
  return {
    name,
    files,
    read: (file) => (files.includes(file) ? readFileSync(join(root, file), 'utf8') : undefined),
    unread: new Map(),
    isIgnored: () => false,
  }
}

/** A tree of files given by their text. */
export function textTree(texts: Record<string, string>, name = 'project'): FileTree {
  return {
    name,
    files: Object.keys(texts).sort(),
    read: (file) => texts[file],
    unread: new Map(),
    isIgnored: () => false,
  }
}

/** What `init --yes` makes of a tree, with some flags: takes every default. */
export function initialise(
  tree: FileTree,
  nix: ExistingNix | undefined,
  flags: Record<string, string> = {},
): { detection: Detection; setup: Setup; config: string; flake: string | undefined } {
  const detection = detect(tree, nix)
  const answers = new Map(Object.entries(flags))
  requireDefaults(detection, answers)
  const setup = settle(detection, answers)
  const flake = nix ? undefined : flakeFile(tree, detection, setup)
  return { detection, setup, config: configFile(setup, 'me/shop'), flake }
}
