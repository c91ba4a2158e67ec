import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CONFIG_FILES, loadConfig } from '../config/load.js'
import type { Config } from '../config/resolved.js'
import { resolveOverrides } from '../engine/overrides.js'
import { SlipwayError, usageError } from '../errors.js'
import { detect } from '../init/detect/detect.js'
import { findExistingNix } from '../init/detect/existing-nix.js'
import { type GitState, openFolder } from '../init/detect/folder.js'
import type { Detection, ExistingNix } from '../init/detect/project.js'
import {
  nextQuestion,
  openQuestions,
  type Question,
  unanswered,
  withDefaults,
} from '../init/detect/questions.js'
import { settle } from '../init/detect/settle.js'
import type { Setup } from '../init/detect/setup.js'
import type { FileTree } from '../init/detect/tree.js'
import { clearUnfinished } from '../init/detect/unfinished.js'
import { configFile } from '../init/detect/write/config-file.js'
import { flakeFile } from '../init/detect/write/flake.js'
import { writeFiles } from '../init/detect/write-files.js'
import { MODULE_FILE, moduleFile } from '../init/module/module-file.js'
import { intendToAdd } from '../nix/git.js'
import { command, givenOverrides, print } from './command.js'
import type { BuildFlags } from './flags.js'
import { type Asker, createAsker } from './text/ask.js'
import { detectionText, nextStepsText, setupText } from './text/detection-text.js'
import { createTerminal } from './text/terminal.js'

/** What `slipway init` takes: each question it may ask has a flag. */
export interface InitFlags extends Pick<BuildFlags, 'overrideInput'> {
  yes?: boolean
  dryRun?: boolean
  program?: string[]
  host?: string
  url?: string[]
  listen?: string[]
  name?: string[]
  health?: string[]
  state?: boolean
  assets?: string
  crane?: boolean
  gitAdd?: boolean
}

const CONFIG = 'slipway.config.ts'

/** `slipway init [FOLDER]`. */
export const init = command(async (flags: InitFlags, given?: string) => {
  const asker = !flags.yes && process.stdin.isTTY ? createAsker() : undefined
  try {
    await initialise(resolve(given ?? '.'), flags, asker)
  } finally {
    asker?.close()
  }
  return undefined
})

async function initialise(folder: string, flags: InitFlags, asker: Asker | undefined): Promise<void> {
  if (!existsSync(folder)) throw usageError({ what: `there is no folder ${folder}` })
  const halfway = flags.dryRun ? [] : clearUnfinished(folder)
  if (halfway.length > 0) print(`Removed ${halfway.join(' and ')}, which an init that was killed had written`)
  refuseExisting(folder)
  const { tree, git } = await openFolder(folder)
  refuseUnknownFlake(git)
  const nix = await existingNix(folder, tree, flags)
  const detection = detect(tree, nix)
  print(detectionText(detection))
  const setup = await settleAll(detection, flags, asker)
  const configText = configFile(setup)
  const config = await checkedConfig(configText)
  const files = {
    ...(nix ? {} : { 'flake.nix': flakeFile(tree, detection, setup), [MODULE_FILE]: moduleFile(config) }),
    [CONFIG]: configText,
  }
  print(setupText(setup))
  if (flags.dryRun) {
    for (const [name, text] of Object.entries(files)) print(`\n# ${name}\n${text}`)
    return
  }
  await writeFiles(folder, files)
  const written = Object.keys(files)
  const added =
    git.repository && (await wantsAdding(written, flags, asker)) && (await intendToAdd(folder, written))
  print(nextStepsText(written, setup, git, added))
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
  folder: string,
  tree: FileTree,
  flags: InitFlags,
): Promise<ExistingNix | undefined> {
  const terminal = createTerminal()
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

/** Asks what is left to ask, or says which flags would answer it. */
async function settleAll(detection: Detection, flags: InitFlags, asker: Asker | undefined): Promise<Setup> {
  const answers = answersOf(flags)
  if (flags.yes) return settle(detection, withDefaults(detection, answers))
  const open = unanswered(detection, answers)
  if (open.length > 0 && !asker) {
    const remedy = 'Give the flags, or --yes to take what is in brackets.'
    throw openQuestions(open, 'and there is no terminal to ask on', remedy)
  }
  for (let next = nextQuestion(detection, answers); next && asker; next = nextQuestion(detection, answers)) {
    answers.set(next.key, await answered(next, asker))
  }
  return settle(detection, answers)
}

async function answered(question: Question, asker: Asker): Promise<string> {
  for (;;) {
    const answer = await asker.ask(question.text, question.fallback)
    if (answer === undefined) throw usageError({ what: 'the input ended', still: 'Nothing was written.' })
    const problem = question.problem(answer)
    if (problem === undefined) return answer
    process.stderr.write(`${problem}\n`)
  }
}

/** The flags as answers: `--url api=https://…` is about the service `api`, others about all. */
function answersOf(flags: InitFlags): Map<string, string> {
  const answers = new Map<string, string>()
  for (const flag of ['url', 'listen', 'name', 'health'] as const) {
    for (const text of flags[flag] ?? []) {
      const match = /^([\w-]+)=(.*)$/.exec(text)
      answers.set(match ? `${flag}:${match[1]}` : flag, match?.[2] ?? text)
    }
  }
  if (flags.host !== undefined) answers.set('host', flags.host)
  if (flags.program !== undefined) answers.set('program', flags.program.join(','))
  if (flags.assets !== undefined) answers.set('assets', flags.assets)
  if (flags.state !== undefined) answers.set('state', flags.state ? 'yes' : 'no')
  if (flags.crane) answers.set('crane', 'yes')
  return answers
}

/** Nix sees no file of a repository that git doesn't know: `git add --intent-to-add` is enough. */
async function wantsAdding(files: string[], flags: InitFlags, asker: Asker | undefined): Promise<boolean> {
  if (flags.gitAdd !== undefined) return flags.gitAdd
  if (!asker) return flags.yes ?? false
  const question = `Nix sees only files that git knows. Run git add --intent-to-add ${files.join(' ')}?`
  return /^y(es)?$/i.test((await asker.ask(question, 'yes')) ?? '')
}
