import { stateDir } from '../../contract/paths.js'
import { usageError } from '../../errors.js'
import {
  type Answers,
  answerOf,
  checkNames,
  chosenCandidates,
  LISTEN_EXPECTED,
  nameOf,
  parseListen,
  THROWAWAY_HOST,
  urlProblem,
} from './answers.js'
import { databaseInState } from './database.js'
import type { Detection, ListenChoice, Program } from './project.js'
import { type Candidate, candidates, packageOf, type ServiceSetup, type Setup } from './setup.js'

/** What the files are to say, once nothing is left to ask. */
export function settle(detection: Detection, answers: Answers): Setup {
  const chosen = chosenCandidates(candidates(detection), answers)
  const named = chosen.map((candidate) => ({ candidate, ...nameOf(candidate, chosen, detection, answers) }))
  checkNames(
    answers,
    named.flatMap(({ candidate, name }) => [...new Set([name, candidate.id])]),
  )
  const ssh = answers.get('host') ?? THROWAWAY_HOST
  const services = named.map(({ candidate, name, why }) => ({
    ...settleService(candidate, name, answers),
    package: packageOf(detection, candidate, chosen),
    renamed: why && `${why}: "${name}" is used, --name takes another`,
  }))
  return { host: { name: hostName(ssh), ssh }, services: withOwnPorts(services), crane: answers.has('crane') }
}

function settleService(
  { id, program, project }: Candidate,
  name: string,
  answers: Answers,
): Omit<ServiceSetup, 'package' | 'renamed'> {
  const said = answerOf(answers, 'listen', name, id)
  const listen = said === undefined ? foundListening(program) : parseListen(said)
  if (!listen)
    throw usageError({ what: `--listen ${said}: ${LISTEN_EXPECTED}`, still: 'Nothing was written.' })
  const url = answerOf(answers, 'url', name, id) ?? ''
  const problem = url === '' ? undefined : urlProblem(url)
  if (problem) throw usageError({ what: `--url ${url}: ${problem}`, still: 'Nothing was written.' })
  const state = answers.get('state') ?? (program.state ? 'yes' : 'no')
  return {
    name,
    program,
    project,
    url,
    listen,
    listenWhy: said === undefined ? program.listen?.value.why : undefined,
    env: {
      ...listenEnv(program.listen?.value, listen),
      ...(state === 'yes' ? databaseEnv(program, stateDir(name)) : {}),
    },
    health: answerOf(answers, 'health', name, id) ?? program.health?.value.path,
    state: state === 'yes',
    assets: answers.get('assets')?.split(',').filter(Boolean) ?? program.assets.map(({ value }) => value),
  }
}

function foundListening(program: Program): ServiceSetup['listen'] {
  return program.kind === 'site' ? 'files' : (program.listen?.value.listen ?? 'port')
}

/** The variables that make a program listen as it should, with another port where one was named. */
function listenEnv(found: ListenChoice | undefined, listen: ServiceSetup['listen']): Record<string, string> {
  if (!found || typeof found.listen !== 'object' || typeof listen !== 'object') return {}
  const { port } = listen
  return Object.fromEntries(
    Object.entries(found.env).map(([name, value]) => [name, value.replace(/\d+$/, String(port))]),
  )
}

/** The variable that says where a database lies, with a place that is kept across releases. */
function databaseEnv({ state }: Program, folder: string): Record<string, string> {
  const place = state?.value.variable && databaseInState(state.value.path, folder)
  return state?.value.variable && place ? { [state.value.variable]: place } : {}
}

/** Two services of one host can't have the same port: those that are told theirs are told another. */
function withOwnPorts(services: readonly ServiceSetup[]): ServiceSetup[] {
  const variableOf = ({ listen, env }: ServiceSetup) =>
    typeof listen === 'object'
      ? Object.entries(env).find(([, text]) => new RegExp(`(?:^|:)${listen.port}$`).test(text))
      : undefined
  const fixed = services.filter((service) => variableOf(service) === undefined)
  const taken = new Set(fixed.flatMap(({ listen }) => (typeof listen === 'object' ? [listen.port] : [])))
  return services.map((service) => {
    const [variable, value] = variableOf(service) ?? []
    if (typeof service.listen !== 'object' || variable === undefined || value === undefined) return service
    let { port } = service.listen
    while (taken.has(port)) port += 1
    taken.add(port)
    return {
      ...service,
      listen: { port },
      env: { ...service.env, [variable]: value.replace(/\d+$/, String(port)) },
    }
  })
}

/** A host's name in the config: `nixie` of `root@nixie.example.com`. */
function hostName(ssh: string): string {
  if (ssh.startsWith('rehearse:')) return ssh.slice('rehearse:'.length)
  const host = ssh
    .replace(/^ssh:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/:\d+$/, '')
  const first = host.split('.')[0] ?? ''
  return /^[a-z][\w-]*$/i.test(first) ? first.toLowerCase() : 'web'
}
