import { stateDir } from '../../contract/paths.js'
import { usageError } from '../../errors.js'
import {
  type Answers,
  answerOf,
  chosenCandidates,
  LISTEN_EXPECTED,
  nameOf,
  parseListen,
  THROWAWAY_HOST,
  urlProblem,
} from './answers.js'
import { databaseProblem } from './database.js'
import type { Database, Detection, ListenMode, Program } from './project.js'
import { found, guessed, type Sourced } from './provenance.js'
import { type Candidate, candidates } from './setup.js'
import { type Found, whereText } from './tree.js'

/** Something that only the user knows. */
export interface Question {
  /** Its key in {@link Answers}. */
  key: string
  /** The flag that answers it: `--url` or `--url NAME=`. */
  flag: string
  text: string
  /** What `--yes` and Enter take; undefined where nothing will do. */
  fallback: Sourced<string> | undefined
  /** Whether the service can't run where the fallback is wrong: then a guess will not do for `--yes`. */
  vital: boolean
  /** What is wrong with an answer. */
  problem: (answer: string) => string | undefined
}

/** The next thing that has to be asked; undefined once all is known. */
export function nextQuestion(detection: Detection, answers: Answers): Question | undefined {
  const all = candidates(detection)
  const chosen = chosenCandidates(all, answers)
  if (chosen.length === 0) return programQuestion(all)
  if (!answers.has('host')) return HOST_QUESTION
  for (const candidate of chosen) {
    const { name } = nameOf(candidate, chosen, detection, answers)
    const several = chosen.length > 1
    const { id, program } = candidate
    const listen = answerOf(answers, 'listen', name, id)
    if (program.kind === 'service' && !program.listen && listen === undefined) {
      return listenQuestion(program, name, several)
    }
    if (program.state?.value.maybeServer && !answers.has('state')) return databaseQuestion(program.state)
    const problem = databaseProblem(program.state, program.assets, stateDir(name))
    if (problem && program.state && !answers.has('state')) return stateQuestion(program.state, problem)
    if (answerOf(answers, 'url', name, id) === undefined && listen !== 'none') {
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
    taken.set(next.key, next.fallback.value)
  }
  return questions
}

/** Refuses what no default answers: there is none, or it is a guess without which nothing runs. */
export function requireDefaults(detection: Detection, answers: Answers): void {
  const open = unanswered(detection, answers)
    .filter(({ fallback, vital }) => fallback === undefined || (vital && fallback.origin.kind === 'guessed'))
    .map((question) => ({ ...question, fallback: undefined }))
  if (open.length > 0) throw openQuestions(open, 'and has no default', 'Give the flag.')
}

/** The error for questions that nobody answered. */
export function openQuestions(questions: readonly Question[], reason: string, next: string) {
  const lines = questions.map(
    ({ flag, text, fallback }) => `${flag}: ${text}${fallback === undefined ? '' : ` [${fallback.value}]`}`,
  )
  return usageError({
    what: `this is left to you ${reason}: ${questions.map(({ flag }) => flag).join(', ')}`,
    why: lines.join('\n'),
    still: 'Nothing was written.',
    next,
  })
}

function programQuestion(all: readonly Candidate[]): Question {
  const names = all.map(({ id }) => id)
  return {
    key: 'program',
    flag: '--program',
    text: `Which of its programs runs as a service? (${names.join(', ')})`,
    fallback: undefined,
    vital: true,
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
  fallback: guessed(THROWAWAY_HOST, 'no host was named'),
  vital: false,
  problem: (answer) => (/^\S+$/.test(answer) ? undefined : 'a server is one word, such as root@example.com'),
}

function listenQuestion(program: Program, name: string, several: boolean): Question {
  const hint = program.listenHint
  const said = hint ? ` ${hint.value.why} says ${listenText(hint.value.listen)} (${whereText(hint.at)}).` : ''
  return {
    key: `listen:${name}`,
    flag: several ? `--listen ${name}=` : '--listen',
    text: `How does ${name} listen: a port number, port ($PORT), unix ($LISTEN_PATH), socket (LISTEN_FDS), none (a worker) or files (a site)?${said}`,
    fallback: hint
      ? found({ value: listenText(hint.value.listen), at: hint.at }, hint.value.why)
      : guessed('port', 'its source does not say'),
    vital: true,
    problem: (answer) => (parseListen(answer) ? undefined : LISTEN_EXPECTED),
  }
}

/** A database that may be a file as well as a server's: only the user knows which. */
function databaseQuestion({ value, at }: Found<Database>): Question {
  return {
    key: 'state',
    flag: '--state',
    text: `$${value.variable} (${whereText(at)}) may name a SQLite file or a server's database. Is it a file, which then lies in the state directory: yes, or no?`,
    fallback: guessed('no', 'its source knows both'),
    vital: true,
    problem: (answer) => (/^(?:yes|no)$/.test(answer) ? undefined : 'yes or no'),
  }
}

/** A database that no variable moves: a deploy of it would be green, and what it keeps would be lost. */
function stateQuestion({ at }: Found<unknown>, problem: string): Question {
  return {
    key: 'state',
    flag: '--state',
    text: `${whereText(at)} keeps the database ${problem}: let it take its folder from $STATE_DIRECTORY, which slipway sets. To go on as it is: yes, with a state directory, or no?`,
    fallback: guessed('yes', 'its source does not say'),
    vital: true,
    problem: (answer) => (/^(?:yes|no)$/.test(answer) ? undefined : 'yes or no'),
  }
}

function listenText(listen: ListenMode): string {
  return typeof listen === 'object' ? String(listen.port) : listen
}

function urlQuestion(program: Program, name: string, several: boolean, answers: Answers): Question {
  const taken = new Set(
    [...answers].filter(([key]) => key.startsWith('url')).map(([, url]) => url.replace(/\/$/, '')),
  )
  const own = program.url
    ? found(program.url)
    : below(program.base, defaultUrl(name, several, domainOf(answers.get('host') ?? '')))
  return {
    key: `url:${name}`,
    flag: several ? `--url ${name}=` : '--url',
    text: `At which URL is ${name} reached?`,
    fallback: taken.has(own.value.replace(/\/$/, '')) ? defaultUrl(name, several, undefined) : own,
    vital: false,
    problem: urlProblem,
  }
}

function below(base: Program['base'], { value, origin }: Sourced<string>): Sourced<string> {
  return { value: base === undefined ? value : `${value}${base.value}`, origin }
}

function defaultUrl(name: string, several: boolean, domain: string | undefined): Sourced<string> {
  if (domain === undefined) return guessed(`http://${name}.example.test`, 'nothing names one')
  return guessed(several ? `http://${name}.${domain}` : `http://${domain}`, "the host's domain")
}

/** The domain in what ssh is given, if it has one. */
function domainOf(ssh: string): string | undefined {
  const host = ssh
    .replace(/^ssh:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/:\d+$/, '')
  return /^[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z][a-z\d-]+$/i.test(host) ? host.toLowerCase() : undefined
}
