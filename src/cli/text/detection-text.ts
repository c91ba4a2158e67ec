import { article } from '../../init/detect/article.js'
import type { GitState } from '../../init/detect/folder.js'
import type { Detection, Fact, Program, Project } from '../../init/detect/project.js'
import type { Sourced } from '../../init/detect/provenance.js'
import { type Candidate, candidates, type ServiceSetup, type Setup } from '../../init/detect/setup.js'
import { whereText } from '../../init/detect/tree.js'
import { isSecret } from '../../init/detect/variables.js'
import { colors as pc } from './colors.js'

/** What was recognised, and where: a block for each project. */
export function detectionText(detection: Detection): string {
  const blocks = detection.projects.filter(({ beside }) => !beside).map(projectText)
  const nix = nixText(detection)
  const beside = detection.projects.filter((project) => project.beside).map(besideText)
  const others = [
    ...beside.map((text) => `${pc.dim('also there:')} ${text}`),
    ...detection.others.map((text) => `${pc.dim('left alone:')} ${text}`),
    ...detection.unread.map(({ file, why }) => `${pc.yellow('not read:')} ${file}: ${why}`),
  ]
  return [...(nix ? [nix] : []), ...blocks, ...(others.length > 0 ? [others.join('\n')] : [])].join('\n')
}

/** A project that is there to be chosen. */
function besideText({ dir, what, programs }: Project): string {
  return `${dir}/, ${article(what)} (--program ${programs.map(({ name }) => name).join(',')})`
}

function projectText(project: Project): string {
  const where = project.dir === '' ? '' : ` in ${project.dir}/`
  const head = `Found ${article(project.what)}, ${pc.bold(project.name)}${where} ${at(project.at)}`
  const facts = [...project.facts, ...project.programs.flatMap((program) => programFacts(program, project))]
  const notes = [...project.notes, ...project.programs.flatMap(({ notes }) => notes)]
  return [head, ...facts.map(factLine), ...notes.map((note) => `  ${pc.yellow('note')}: ${note}`)].join('\n')
}

function at(place: Fact['at']): string {
  return place ? pc.dim(`(${whereText(place)})`) : ''
}

const LABEL_WIDTH = 13

function factLine({ label, text, at: place }: Fact): string {
  return `  ${label.padEnd(LABEL_WIDTH)} ${text} ${at(place)}`.trimEnd()
}

/** What the source of a program told; several programs are told apart by their names. */
function programFacts(program: Program, project: Project): Fact[] {
  const of = project.programs.length > 1 ? `${program.name}: ` : ''
  const { listen, health, state, url } = program
  const facts: (Fact | undefined)[] = [
    project.programs.length > 1
      ? { label: 'program', text: `${program.name}${program.serves ? '' : ', which was not seen to listen'}` }
      : undefined,
    listen && { label: 'listens', text: `${of}${listenText(listen.value)}`, at: listen.at },
    health && {
      label: 'health',
      text: `${of}${health.value.path}${health.value.guess ? ', its first route: a guess' : ''}`,
      at: health.at,
    },
    state && { label: 'state', text: `${of}${databaseText(state.value)}`, at: state.at },
    ...program.assets.map((asset) => ({
      label: 'reads',
      text: `${of}${asset.value} while it runs`,
      at: asset.at,
    })),
    ...program.variables.map((variable) => ({
      label: 'environment',
      text: `${of}$${variable.value}, yours to set${variable.required ? ': this line fails without it' : ''}`,
      at: variable.at,
    })),
    url && { label: 'URL', text: url.value, at: url.at },
  ]
  return facts.filter((fact) => fact !== undefined)
}

function listenText({ listen, why }: { listen: unknown; why: string }): string {
  return typeof listen === 'object' && listen !== null && 'port' in listen
    ? `port ${listen.port}: ${why}`
    : why
}

function databaseText({
  path,
  variable,
}: {
  path: string | undefined
  variable: string | undefined
}): string {
  const where = variable ? `$${variable}${path ? `, else ${path}` : ''}` : path
  return where ? `SQLite (${where})` : 'keeps files of its own'
}

function nixText({ nix }: Detection): string | undefined {
  if (!nix) return undefined
  if (nix.kind === 'file') return `Found ${pc.bold(nix.file)}: it builds the package, and no flake is written`
  const { packages, apps, checks, nixosModules, evaluated } = nix.outputs
  const named = Object.entries({ packages, apps, checks, nixosModules }).filter(
    ([, names]) => names.length > 0,
  )
  const lines = named.map(([kind, names]) => `  ${kind.padEnd(LABEL_WIDTH)} ${names.join(', ')}`)
  const how = evaluated ? '' : ', and taken to have a package `default`: Nix is not here to tell'
  return [`Found ${pc.bold('flake.nix')}: it is used as it is${how}`, ...(evaluated ? lines : [])].join('\n')
}

/** What is written for each service, in a line, and what is not though it would serve. */
export function setupText(setup: Setup, detection: Detection): string {
  const lines = setup.services.flatMap((service) => [
    `${pc.green('+')} ${service.name} on ${setup.host.name}: ${serviceText(service)}`,
    ...(service.renamed ? [`  ${pc.yellow('note')}: ${service.renamed}`] : []),
    ...guesses(service).map((guess) => `  ${pc.yellow('guessed')}: ${guess}`),
  ])
  return [...lines, ...leftOutText(setup, detection)].join('\n')
}

/** Servers that are no service of the config. */
function leftOutText({ services }: Setup, detection: Detection): string[] {
  const all = candidates(detection)
  const isService = ({ program, project }: Candidate) =>
    services.some((service) => service.project === project && service.program.name === program.name)
  const left = all.filter((one) => one.program.serves && !one.project?.beside && !isService(one))
  if (left.length === 0) return []
  const first = all.find((one) => one.program.preferred && isService(one))
  const why = first ? `, since default-run is ${first.id}` : ''
  const both = [...all.filter(isService), ...left].map(({ id }) => id).join(',')
  return [
    `${pc.yellow('left out')}: ${listed(left.map(({ id }) => id))}, which ${left.length === 1 ? 'listens' : 'listen'} too${why}: --program ${both} takes all`,
  ]
}

/** What nothing says, and the flags that would. */
function guesses({ health, listen, package: built, url }: ServiceSetup): string[] {
  const all: [string, Sourced<unknown> | undefined, string][] = [
    ['the package', built, 'write it into slipway.config.ts'],
    ['how it listens', listen, '--listen says otherwise'],
    ['its health', health, '--health says otherwise'],
    ['its URL', url, '--url says otherwise'],
  ]
  return all.flatMap(([what, sourced, remedy]) =>
    sourced?.origin.kind === 'guessed' ? [`${what} (${sourced.origin.why}): ${remedy}`] : [],
  )
}

function serviceText({ listen: { value: listen }, url, state, package: built }: ServiceSetup): string {
  const what = typeof built.value === 'string' ? built.value : built.value.file
  if (listen === 'files') return `the files of ${what} at ${url?.value}`
  const listening =
    typeof listen === 'object'
      ? `port ${listen.port}`
      : { port: '$PORT', unix: '$LISTEN_PATH', socket: 'a socket of systemd', none: 'no port' }[listen]
  return `${what} on ${listening}${url && listen !== 'none' ? ` at ${url.value}` : ''}${state ? ', with state' : ''}`
}

/** So many files are named where git doesn't know them. */
const MAX_NAMED_FILES = 3

/** What was written, and what comes next. */
export function nextStepsText(files: readonly string[], setup: Setup, git: GitState, added: boolean): string {
  const { name } = setup.host
  const ssh = setup.host.ssh.value
  const required = setup.services.flatMap(({ program }) => program.variables.filter((one) => one.required))
  const steps = [
    ...(git.repository && !added
      ? [`git add --intent-to-add ${files.join(' ')}   # Nix sees only what git knows`]
      : []),
    ...(git.repository && git.untracked.length > 0 ? [untrackedStep(git.untracked)] : []),
    ...(git.repository
      ? []
      : ['git init && git add .   # else Nix copies the whole folder, whatever is in it']),
    ...variableSteps(required.map(({ value }) => value)),
    ...(ssh.startsWith('rehearse:')
      ? [`slipway deploy   # makes the throwaway host ${ssh.slice('rehearse:'.length)} if there is none`]
      : [`slipway setup ${name}   # once for a host`, 'slipway deploy']),
  ]
  return [`Wrote ${listed(files)}. Next:`, ...steps.map((step) => `  ${step}`)].join('\n')
}

function variableSteps(names: readonly string[]): string[] {
  const secret = names.filter(isSecret)
  const plain = names.filter((name) => !isSecret(name))
  const quoted = secret.map((name) => `'${name}'`).join(', ')
  return [
    ...(plain.length > 0
      ? [`give ${listed(plain.map((name) => `$${name}`))} a value in slipway.config.ts: env: { … }`]
      : []),
    ...(secret.length > 0
      ? [`add secrets: [${quoted}] to slipway.config.ts, and who may read them: slipway secrets init`]
      : []),
    ...secret.map((name) => `slipway secrets set ${name}`),
  ]
}

function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ')
}

function untrackedStep(untracked: readonly string[]): string {
  const named = untracked.slice(0, MAX_NAMED_FILES).join(', ')
  const more = untracked.length > MAX_NAMED_FILES ? ` and ${untracked.length - MAX_NAMED_FILES} more` : ''
  return `git add .   # git doesn't know ${named}${more}: Nix doesn't see them either`
}
