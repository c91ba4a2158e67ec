import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CONFIG_FILES, loadConfig } from '../../../config/load.js'
import type { Config } from '../../../config/resolved.js'
import { resolveOverrides } from '../../../engine/overrides.js'
import { suggestedProject } from '../../../engine/project.js'
import { SlipwayError, usageError } from '../../../errors.js'
import { detect } from '../../../init/detect/detect.js'
import { findExistingNix } from '../../../init/detect/existing-nix.js'
import { type GitState, openFolder } from '../../../init/detect/folder.js'
import type { ExistingNix } from '../../../init/detect/project.js'
import type { FileTree } from '../../../init/detect/tree.js'
import { clearUnfinished } from '../../../init/detect/unfinished.js'
import { configFile } from '../../../init/detect/write/config-file.js'
import { flakeFile } from '../../../init/detect/write/flake.js'
import { writeFiles } from '../../../init/detect/write-files.js'
import { MODULE_FILE, moduleFile } from '../../../init/module/module-file.js'
import { intendToAdd } from '../../../nix/git.js'
import { lockInputs, unlockedInputs } from '../../../nix/inputs.js'
import { hasLocalNix, localNix } from '../../../nix/nix-runner.js'
import type { Cli } from '../../cli.js'
import { givenOverrides } from '../../overrides.js'
import type { Prompt } from '../../prompt.js'
import { detectionText, nextStepsText, setupText } from '../../text/detection-text.js'
import { type InitFlags, settleAll, wantsAdding } from './answers.js'

const CONFIG = 'slipway.config.ts'

/**
 * Recognises the project in a folder, and writes what it takes to deploy it.
 * @throws SlipwayError before anything is written.
 */
export async function initialise(cli: Cli, given: string, flags: InitFlags): Promise<void> {
  const { print } = cli
  const folder = resolve(given)
  // Where nobody can answer, nothing is asked.
  const prompt: Prompt | undefined = !flags.yes && cli.prompt.canAsk ? cli.prompt : undefined
  if (!existsSync(folder)) throw usageError({ what: `there is no folder ${folder}` })
  const halfway = flags.dryRun ? [] : clearUnfinished(folder)
  if (halfway.length > 0) print(`Removed ${halfway.join(' and ')}, which an init that was killed had written`)
  refuseExisting(folder)
  const { tree, git } = await openFolder(folder)
  refuseUnknownFlake(git)
  const nix = await existingNix(cli, folder, tree, flags)
  const detection = detect(tree, nix)
  print(detectionText(detection))
  const setup = await settleAll(detection, flags, prompt)
  const configText = configFile(setup, await suggestedProject(folder))
  const config = await checkedConfig(configText)
  const files = {
    ...(nix ? {} : { 'flake.nix': flakeFile(tree, detection, setup), [MODULE_FILE]: moduleFile(config) }),
    [CONFIG]: configText,
  }
  print(setupText(setup, detection))
  if (flags.dryRun) {
    for (const [name, text] of Object.entries(files)) print(`\n# ${name}\n${text}`)
    return
  }
  await writeFiles(folder, files)
  const written = Object.keys(files)
  const adds = git.repository && (await wantsAdding(written, flags, prompt))
  const refused = adds ? await intendToAdd(folder, written) : undefined
  if (refused) print(`git does not take the files: ${refused}`)
  const added = adds && refused === undefined
  if (!nix && (!git.repository || added)) await lock(cli, folder, flags)
  print(nextStepsText(written, setup, git, added))
}

/** Writes flake.lock, where Nix and a network are there: else the first deploy does. */
async function lock({ terminal }: Cli, folder: string, flags: InitFlags): Promise<void> {
  if (flags.lock === false || !hasLocalNix()) return
  const nix = localNix(folder)
  terminal.status('locking the inputs of flake.nix')
  const overridden = givenOverrides(flags)
  const open = (await unlockedInputs(nix, folder)).filter((name) => !(name in overridden))
  const why = open.length === 0 ? undefined : await lockInputs(nix, '.')
  terminal.status('')
  if (open.length === 0) return
  if (why === undefined) terminal.line(`wrote flake.lock: it pins ${open.join(', ')}`)
  else terminal.line(`flake.lock is not written, the first deploy tries again: ${why}`)
}

/** A config that slipway itself would refuse is never written. */
async function checkedConfig(text: string): Promise<Config> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-init-'))
  try {
    const file = join(folder, CONFIG)
    await writeFile(file, text)
    return await loadConfig(file)
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error
    throw usageError({
      what: 'these answers make a config that slipway would refuse',
      why: error.parts.why,
      still: 'Nothing was written.',
      next: 'Answer otherwise; `slipway init --help` has the flags.',
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function existingNix(
  { terminal }: Cli,
  folder: string,
  tree: FileTree,
  flags: InitFlags,
): Promise<ExistingNix | undefined> {
  terminal.status('looking for Nix that is there already')
  const overrides = resolveOverrides(folder, {}, process.cwd(), givenOverrides(flags))
  const nix = await findExistingNix(folder, tree, overrides)
  terminal.status('')
  return nix
}

/** Nix would say that there is no such file. */
function refuseUnknownFlake(git: GitState): void {
  if (!git.untracked.includes('flake.nix')) return
  throw usageError({
    what: 'flake.nix is there, but git does not know it, so Nix does not see it',
    still: 'Nothing was written.',
    next: 'git add --intent-to-add flake.nix',
  })
}

function refuseExisting(folder: string): void {
  const existing = CONFIG_FILES.find((name) => existsSync(join(folder, name)))
  if (existing === undefined) return
  throw usageError({
    what: `${existing} is there already, and init never overwrites`,
    next: 'Change it by hand (`slipway docs` has every field), or move it away and try again.',
  })
}
