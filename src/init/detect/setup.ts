import { serviceNameProblem, suggestServiceName } from '../../config/names.js'
import type { Detection, ListenMode, Program, Project } from './project.js'
import { found, guessed, type Sourced } from './provenance.js'

/** All that the files are made of, beside the detection. */
export interface Setup {
  /** The host's name in the config, and where it is. */
  host: { name: string; ssh: Sourced<string> }
  services: ServiceSetup[]
  /** Whether Rust is built with crane. */
  crane: boolean
}

/** A service of the config to be. */
export interface ServiceSetup {
  name: string
  /** Why it isn't named as its program. */
  renamed: string | undefined
  program: Program
  project: Project | undefined
  package: Sourced<string | { file: string }>
  /** undefined: it has none, being a worker. */
  url: Sourced<string> | undefined
  /** `files`: a site. */
  listen: Sourced<ListenMode | 'files'>
  env: Record<string, Sourced<string>>
  health: Sourced<string> | undefined
  /** undefined: it keeps nothing. */
  state: Sourced<true> | undefined
  assets: Sourced<string>[]
}

/** Something that could be deployed. */
export interface Candidate {
  id: string
  program: Program
  project: Project | undefined
  /** The package, where it doesn't depend on what else is chosen. */
  package: string | undefined
}

/** What could be deployed: programs and sites of the projects, else the packages of a flake. */
export function candidates(detection: Detection): Candidate[] {
  const programs = detection.projects.flatMap((project) =>
    project.programs.map((program) => ({ program, project })),
  )
  const withIds = programs.map(({ program, project }) => {
    const twice = programs.filter((other) => other.program.name === program.name).length > 1
    const id =
      twice && project.dir !== '' ? `${project.dir.replaceAll('/', '-')}-${program.name}` : program.name
    return { id, program, project, package: undefined }
  })
  if (withIds.length > 0) return withIds
  if (detection.nix?.kind === 'flake') {
    const { packages } = detection.nix.outputs
    const names = packages.length > 1 ? packages.filter((name) => name !== 'default') : packages
    return names.map((name) => {
      const program = unknownProgram(name === 'default' ? detection.name : name)
      return { id: program.name, program, project: undefined, package: `.#${name}` }
    })
  }
  const program = unknownProgram(detection.name)
  return [{ id: program.name, program, project: undefined, package: undefined }]
}

function unknownProgram(name: string): Program {
  return { name, kind: 'service', serves: false, assets: [], variables: [], processes: [], notes: [] }
}

/** The package that a candidate is in: `default` where what is chosen is all in one. */
export function packageOf(
  { nix }: Detection,
  { program, project, package: own }: Candidate,
  chosen: readonly Candidate[],
): Sourced<string | { file: string }> {
  const inFile = <T>(value: T, file: string) => found({ value, at: { file, line: 1 } })
  if (nix?.kind === 'file') return inFile({ file: `./${nix.file}` }, nix.file)
  if (own !== undefined) return inFile(own, 'flake.nix')
  if (nix?.kind === 'flake') {
    const { mainPrograms = {}, packages } = nix.outputs
    const named =
      packages.find((name) => name === program.name) ??
      packages.find((name) => mainPrograms[name] === program.name)
    if (named !== undefined) return inFile(`.#${named}`, 'flake.nix')
    const why = nix.outputs.evaluated ? `no package is called ${program.name}` : 'Nix is not here to tell'
    return guessed('.#default', why)
  }
  const single = new Set(chosen.map((candidate) => candidate.project)).size === 1
  const name = single || !project ? 'default' : packageName(project)
  // Every Nix knows this; only newer ones can be told in the flake (`inputs.self.submodules`).
  const flake = project?.submodules ? '.?submodules=1' : '.'
  return inFile(`${flake}#${name}`, 'flake.nix')
}

/** A project's attribute in a flake of several. */
export function packageName(project: Project): string {
  return (project.dir.split('/').at(-1) || project.name).replace(/[^\w-]+/g, '-')
}

/** Programs that are named for being servers. */
const SERVER_NAME = /(?:^|[-_])(?:server|serve|web|api|http|httpd|app|backend|main)(?:[-_]|$)/

/** What is deployed unless somebody says otherwise; nothing where that can't be told. */
export function defaultCandidates(all: readonly Candidate[]): Candidate[] {
  const own = all.filter(({ project }) => !project?.beside)
  if (own.length === 1) return own
  const serving = all.filter(({ program, project }) => program.serves && !project?.beside)
  // Programs that share the code that listens: one of them is the server.
  const shared = (a: Candidate) =>
    serving.filter((b) => b.project === a.project && placeOf(b) !== undefined && placeOf(b) === placeOf(a))
  const preferred = serving.filter(({ program }) => program.preferred)
  if (preferred.length === 1 && serving.every(({ project }) => project === preferred[0]?.project))
    return preferred
  return serving.filter((candidate) => {
    const group = shared(candidate)
    if (group.length < 2) return true
    const named = group.filter(({ program }) => SERVER_NAME.test(program.name))
    return named.length === 1 && named[0] === candidate
  })
}

function placeOf({ program }: Candidate): string | undefined {
  return program.listen && `${program.listen.at.file}:${program.listen.at.line}`
}

/** Names that say nothing where there is only one program. */
const GENERIC = /^(?:main|server|serve|app|web|api|http|httpd|backend|service|bin|index|cmd|site|run)$/

/** A service's name, and why its program's own is not it. */
export function serviceName(
  candidate: Candidate,
  chosen: readonly Candidate[],
  repository: string,
): { name: string; why: string | undefined } {
  const { program, project } = candidate
  const alone = chosen.filter((other) => other.project === project).length === 1
  const plain = alone && GENERIC.test(program.name) && project ? project.name : candidate.id
  const own = chosen.length === 1 && GENERIC.test(plain) ? repository : plain
  const problem = serviceNameProblem(own)
  const name = problem ? suggestServiceName(own) : own
  const twice = chosen.filter((other) => other !== candidate && other.id === name).length > 0
  return { name: twice ? candidate.id : name, why: problem }
}
