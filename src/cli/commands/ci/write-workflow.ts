import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { findConfig, loadConfig } from '../../../config/load.js'
import type { Config } from '../../../config/resolved.js'
import { didYouMean } from '../../../config/suggest.js'
import { usageError } from '../../../errors.js'
import { knownHostNames } from '../../../init/ci/known-hosts.js'
import type { Cache, CiOptions, Provider, Setting } from '../../../init/ci/options.js'
import { ciWorkflow } from '../../../init/ci/workflow.js'
import { findChecks } from '../../../nix/flake-checks.js'
import { defaultBranch, gitTop } from '../../../nix/git.js'
import { hasLocalNix, localNix } from '../../../nix/nix-runner.js'
import { projectFlakes } from '../../../nix/project-flakes.js'
import { KEY_VARIABLE } from '../../../secrets/key-variables.js'
import { withSecrets } from '../../../secrets/resolve.js'
import { colors as pc } from '../../text/colors.js'
import { pinnedSlipway } from './pinned-slipway.js'

/** What a workflow is asked for. */
export interface WorkflowFlags {
  config?: string
  env?: string
  cache?: string
  upstream?: string
  branch?: string
  runner?: string
  slipway?: string
}

/** Writes a workflow into the project's repository; gives what there is to say of it. */
export async function writeWorkflow(provider: Provider, flags: WorkflowFlags): Promise<string> {
  const file = resolve(flags.config ?? findConfig(process.cwd()))
  const config = await loadConfig(file, flags.env)
  const top = await gitTop(config.root)
  if (top === undefined) {
    throw usageError({ what: `${config.root} is in no git repository`, next: 'git init, and commit.' })
  }
  const options: CiOptions = {
    slipway: flags.slipway ?? requirePin(config.root, top),
    config: relative(top, file),
    environment: flags.env,
    branch: flags.branch ?? (await defaultBranch(top)) ?? 'main',
    checks: await hasChecks(config),
    secrets: secretVariables(config),
    cache: flags.cache === undefined ? undefined : parseCache(flags.cache),
    upstream: flags.upstream === undefined ? undefined : knownInput(flags.upstream, config.root, top),
    runner: flags.runner,
  }
  refuseUnwritable(options)
  const workflow = ciWorkflow(provider, options)
  const path = join(top, workflow.path)
  await writeNew(path, workflow.text)
  return [
    `${pc.green('✓')} wrote ${relative(process.cwd(), path)}`,
    'It needs, in the settings of the repository:',
    ...workflow.settings.flatMap((setting) => settingLines(setting, config)),
    ...workflow.notes,
    ...(options.checks ? [] : ['It runs no checks: the project has none yet.']),
    'More: docs/ci.md.',
  ].join('\n')
}

function requirePin(root: string, top: string): string {
  const pinned = pinnedSlipway(root, top)
  if (pinned !== undefined) return pinned
  throw usageError({
    what: 'the project does not say where CI gets slipway from',
    why: 'No package.json there names slipway by a file, a repository or an address.',
    still: 'Nothing was written.',
    next: 'npm install --save-dev ./slipway-VERSION.tgz, as `npm pack` made it, and commit both; or give --slipway COMMAND. See docs/install.md.',
  })
}

function refuseUnwritable({ branch, runner = '', upstream = '' }: CiOptions): void {
  for (const [name, text] of Object.entries({ branch, runner, upstream })) {
    if (/^[\w./+:-]*$/.test(text)) continue
    throw usageError({
      what: `--${name} ${text} can't be written into a workflow`,
      next: 'Letters, digits and . _ / + : - can.',
    })
  }
}

/** What a deploy reads secrets from that only its environment has. */
function secretVariables({ services }: Config): string[] {
  const sources = withSecrets(services).flatMap(({ secrets }) => secrets.map(({ from }) => from))
  const variables = sources.flatMap((from) =>
    from === 'file' ? [KEY_VARIABLE] : typeof from === 'object' && 'env' in from ? [from.env] : [],
  )
  return [...new Set(variables)].sort()
}

function parseCache(text: string): Cache {
  if (/^[A-Za-z0-9-]+$/.test(text)) return { cachix: text }
  if (/^[a-z0-9+]+:\/\/[^\s'"\\`$]+$/.test(text)) return { url: text }
  throw usageError({
    what: `--cache ${text} is neither the name of a cache on cachix.org nor the URL of a store`,
    next: 'For example --cache my-cache, or --cache s3://bucket?region=eu-central-1.',
  })
}

/** Fails for a flake input that the lock file does not have. */
function knownInput(input: string, root: string, top: string): string {
  const lock = [root, top].map((folder) => join(folder, 'flake.lock')).find((file) => existsSync(file))
  if (lock === undefined) {
    throw usageError({
      what: 'there is no flake.lock: --upstream bumps an input of a flake',
      next: 'nix flake lock',
    })
  }
  const { nodes, root: start } = JSON.parse(readFileSync(lock, 'utf8')) as {
    nodes: Record<string, { inputs?: Record<string, unknown> }>
    root: string
  }
  const inputs = Object.keys(nodes[start]?.inputs ?? {})
  if (inputs.includes(input)) return input
  const guess = didYouMean(input, inputs)
  throw usageError({
    what: `the flake has no input "${input}"`,
    next: guess ? `Did you mean "${guess}"?` : `It has: ${inputs.join(', ') || 'none'}.`,
  })
}

async function writeNew(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      error.code === 'EEXIST'
        ? {
            what: `${path} exists already`,
            still: 'It was left as it is.',
            next: 'Remove it, to have it written anew.',
          }
        : { what: `${path} can't be written`, why: error.message },
    )
  })
}

const KINDS = { secret: 'secret', variable: 'variable', file: 'variable of the type File' } as const

function settingLines({ name, kind, what }: Setting, config: Config): string[] {
  const hosts = knownHostNames(Object.values(config.hosts))
  const known = `for host in ${hosts.join(' ')}; do ssh-keygen -F $host; done | grep -v '^#'`
  return [
    `  ${KINDS[kind]} ${pc.bold(name)}: ${what}`,
    ...(name === 'SSH_KNOWN_HOSTS' && hosts.length > 0 ? [`    as your ssh knows them: ${known}`] : []),
  ]
}

/** Whether there are checks to run; where that can't be told, as if there were: CI says so then. */
async function hasChecks(config: Config): Promise<boolean> {
  const flakes = await projectFlakes(config)
  if (flakes.length === 0 || !hasLocalNix()) return flakes.length > 0
  const { checks, broken } = await findChecks(localNix(config.root), flakes, {})
  return checks.length + broken.length > 0
}
