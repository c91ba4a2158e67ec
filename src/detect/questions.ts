import { serviceNameProblem, suggestServiceName } from '../config/names.js'
import { parseRoute } from '../config/route.js'
import { usageError } from '../errors.js'
import { databaseInState } from './database.js'
import type { Detection, ListenMode, Program } from './project.js'
import {
  type Answers,
  type Candidate,
  candidates,
  defaultCandidates,
  packageOf,
  type ServiceSetup,
  type Setup,
  serviceName,
} from './setup.js'
import { whereText } from './tree.js'

/** Something that only the user knows. */
export interface Question {
  /** Its key in {@link Answers}. */
  key: string
  /** The flag that answers it: `--url` or `--url NAME=`. */
  flag: string
  text: string
  /** What `--yes` and Enter take; undefined where nothing will do. */
  fallback: string | undefined
  /** What is wrong with an answer. */
  problem: (answer: string) => string | undefined
}

/** A host on this machine, for trying things out. */
const THROWAWAY_HOST = 'rehearse:web'

/** The next thing that has to be asked; undefined once all is known. */
export function nextQuestion(detection: Detection, answers: Answers): Question | undefined {
  const all = candidates(detection)
  const chosen = chosenCandidates(all, answers)
  if (chosen.length === 0) return programQuestion(all)
  if (!answers.has('host')) return HOST_QUESTION
  for (const candidate of chosen) {
    const { name } = nameOf(candidate, chosen, detection, answers)
    const several = chosen.length > 1
    const { program } = candidate
    if (program.kind === 'service' && !program.listen && of(answers, 'listen', name) === undefined) {
      return listenQuestion(program, name, several)
    }
    if (of(answers, 'url', name) === undefined && isListening(program, of(answers, 'listen', name))) {
      return urlQuestion(program, name, several, answers)
    }
  }
  return undefined
}

/** All that would still be asked of somebody who takes every default. */
export function unanswered(detection: Detection, answers: Answers): Question[] {
  const taken = new Map(answers)
  const questions: Question[] = []
  for (let next = nextQuestion(detection, taken); next; next = nextQuestion(detection, taken)) {
    questions.push(next)
    if (next.fallback === undefined) break
    taken.set(next.key, next.fallback)
  }
  return questions
}

/** The answers, with the default where there is none; refuses questions without one. */
export function withDefaults(detection: Detection, answers: Answers): Answers {
  const questions = unanswered(detection, answers)
  const open = questions.filter(({ fallback }) => fallback === undefined)
  if (open.length > 0) throw openQuestions(open, 'and has no default', 'Give the flag.')
  return new Map([...answers, ...questions.map(({ key, fallback }) => [key, fallback ?? ''] as const)])
}

/** The error for questions that nobody answered. */
export function openQuestions(questions: readonly Question[], reason: string, next: string) {
  const lines = questions.map(
    ({ flag, text, fallback }) => `${flag}: ${text}${fallback === undefined ? '' : ` [${fallback}]`}`,
  )
  return usageError({
    what: `this is left to you ${reason}: ${questions.map(({ flag }) => flag).join(', ')}`,
    why: lines.join('\n'),
    still: 'Nothing was written.',
    next,
  })
}

/** What a flag says about a service: `--url NAME=…` before `--url …`. */
function of(answers: Answers, flag: string, service: string): string | undefined {
  return answers.get(`${flag}:${service}`) ?? answers.get(flag)
}

function chosenCandidates(all: readonly Candidate[], answers: Answers): Candidate[] {
  const wanted = answers
    .get('program')
    ?.split(/[\s,]+/)
    .filter(Boolean)
  if (wanted === undefined) return defaultCandidates(all)
  const unknown = wanted.find((name) => !all.some(({ id }) => id === name))
  if (unknown === undefined) return all.filter(({ id }) => wanted.includes(id))
  throw usageError({
    what: `--program ${unknown}: there is no such program here`,
    next: `There ${all.length === 1 ? 'is' : 'are'}: ${all.map(({ id }) => id).join(', ')}.`,
  })
}

function programQuestion(all: readonly Candidate[]): Question {
  const names = all.map(({ id }) => id)
  return {
    key: 'program',
    flag: '--program',
    text: `Which of its programs runs as a service? (${names.join(', ')})`,
    fallback: undefined,
    problem: (answer) => {
      const unknown = answer.split(/[\s,]+/).find((word) => !names.includes(word))
      return unknown === undefined ? undefined : `there is no program "${unknown}"`
    },
  }
}

const HOST_QUESTION: Question = {
  key: 'host',
  flag: '--host',
  text: 'On which server? (anything ssh accepts; rehearse:web is a throwaway host on this machine)',
  fallback: THROWAWAY_HOST,
  problem: (answer) => (/^\S+$/.test(answer) ? undefined : 'a server is one word, such as root@example.com'),
}

function listenQuestion(program: Program, name: string, several: boolean): Question {
  const hint = program.listenHint
  const found = hint
    ? ` ${hint.value.why} says ${listenText(hint.value.listen)} (${whereText(hint.at)}).`
    : ''
  return {
    key: `listen:${name}`,
    flag: several ? `--listen ${name}=` : '--listen',
    text: `How does ${name} listen: a port number, port ($PORT), unix ($LISTEN_PATH), socket (LISTEN_FDS), none (a worker) or files (a site)?${found}`,
    fallback: hint ? listenText(hint.value.listen) : 'port',
    problem: (answer) => (parseListen(answer) ? undefined : LISTEN_EXPECTED),
  }
}

function listenText(listen: ListenMode): string {
  return typeof listen === 'object' ? String(listen.port) : listen
}

const LISTEN_EXPECTED = 'expected a port number, port, unix, socket, none or files'

function urlQuestion(program: Program, name: string, several: boolean, answers: Answers): Question {
  const taken = new Set(
    [...answers].filter(([key]) => key.startsWith('url')).map(([, url]) => url.replace(/\/$/, '')),
  )
  const own = program.url?.value ?? defaultUrl(name, several, domainOf(answers.get('host') ?? ''))
  return {
    key: `url:${name}`,
    flag: several ? `--url ${name}=` : '--url',
    text: `At which URL is ${name} reached?`,
    fallback: taken.has(own.replace(/\/$/, '')) ? defaultUrl(name, several, undefined) : own,
    problem: urlProblem,
  }
}

function defaultUrl(name: string, several: boolean, domain: string | undefined): string {
  if (domain === undefined) return `http://${name}.example.test`
  return several ? `http://${name}.${domain}` : `http://${domain}`
}

function urlProblem(answer: string): string | undefined {
  const route = parseRoute(answer, {})
  return 'problem' in route ? route.problem : undefined
}

/** The domain in what ssh is given, if it has one. */
function domainOf(ssh: string): string | undefined {
  const host = ssh
    .replace(/^ssh:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/:\d+$/, '')
  return /^[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z][a-z\d-]+$/i.test(host) ? host.toLowerCase() : undefined
}

function isListening(program: Program, listen: string | undefined): boolean {
  return program.kind === 'site' || (listen ?? 'port') !== 'none'
}

function nameOf(
  candidate: Candidate,
  chosen: readonly Candidate[],
  detection: Detection,
  answers: Answers,
): ReturnType<typeof serviceName> {
  const given = answers.get(`name:${candidate.id}`) ?? (chosen.length === 1 ? answers.get('name') : undefined)
  if (given === undefined) return serviceName(candidate, chosen, detection.name)
  const problem = serviceNameProblem(given)
  if (problem === undefined) return { name: given, why: undefined }
  throw usageError({ what: `--name ${given}: ${problem}`, next: `For example ${suggestServiceName(given)}.` })
}

/** What the files are to say, once nothing is left to ask. */
export function settle(detection: Detection, answers: Answers): Setup {
  const chosen = chosenCandidates(candidates(detection), answers)
  const ssh = answers.get('host') ?? THROWAWAY_HOST
  const services = chosen.map((candidate) => {
    const { name, why } = nameOf(candidate, chosen, detection, answers)
    const renamed = why && `${why}: "${name}" is used, --name takes another`
    const pkg = packageOf(detection, candidate, chosen)
    return { ...settleService(candidate, name, answers), package: pkg, renamed }
  })
  return { host: { name: hostName(ssh), ssh }, services: withOwnPorts(services), crane: answers.has('crane') }
}

function settleService(
  { program, project }: Candidate,
  name: string,
  answers: Answers,
): Omit<ServiceSetup, 'package' | 'renamed'> {
  const said = of(answers, 'listen', name)
  const listen =
    said === undefined
      ? program.kind === 'site'
        ? 'files'
        : (program.listen?.value.listen ?? 'port')
      : parseListen(said)
  if (!listen) throw usageError({ what: `--listen ${said}: ${LISTEN_EXPECTED}` })
  const url = of(answers, 'url', name) ?? ''
  const problem = url === '' ? undefined : urlProblem(url)
  if (problem) throw usageError({ what: `--url ${url}: ${problem}` })
  const state = answers.get('state') ?? (program.state ? 'yes' : 'no')
  const database = program.state?.value
  const place = database?.variable ? databaseInState(database.path, `/var/lib/${name}`) : undefined
  const assets = answers.get('assets')?.split(',').filter(Boolean) ?? program.assets.map(({ value }) => value)
  const own = program.listen?.value
  return {
    name,
    program,
    project,
    url,
    listen,
    listenWhy: said === undefined ? own?.why : undefined,
    env: {
      ...(said === undefined ? own?.env : {}),
      ...(state === 'yes' && database?.variable && place ? { [database.variable]: place } : {}),
    },
    health: of(answers, 'health', name) ?? program.health?.value.path,
    state: state === 'yes',
    assets,
  }
}

/** How a program listens, as a flag says it. */
function parseListen(text: string): ListenMode | 'files' | undefined {
  if (text === 'port' || text === 'unix' || text === 'socket' || text === 'none' || text === 'files')
    return text
  const port = Number(text)
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? { port } : undefined
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
