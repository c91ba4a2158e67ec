import { usageError } from '../../../errors.js'
import type { Detection } from '../../../init/detect/project.js'
import {
  nextQuestion,
  openQuestions,
  type Question,
  requireDefaults,
  unanswered,
} from '../../../init/detect/questions.js'
import { settle } from '../../../init/detect/settle.js'
import type { Setup } from '../../../init/detect/setup.js'
import type { FlagValues } from '../../command.js'
import type { Prompt } from '../../prompt.js'
import type { initFlags } from './index.js'

export type InitFlags = FlagValues<typeof initFlags>

/** Asks what is left to ask, or says which flags would answer it. */
export async function settleAll(
  detection: Detection,
  flags: InitFlags,
  prompt: Prompt | undefined,
): Promise<Setup> {
  const answers = answersOf(flags)
  if (flags.yes) {
    requireDefaults(detection, answers)
    return settle(detection, answers)
  }
  const open = unanswered(detection, answers)
  if (open.length > 0 && !prompt) {
    const remedy = 'Give the flags, or --yes to take what is in brackets.'
    throw openQuestions(open, 'and there is no terminal to ask on', remedy)
  }
  for (let next = nextQuestion(detection, answers); next && prompt; next = nextQuestion(detection, answers)) {
    answers.set(next.key, await answered(next, prompt))
  }
  return settle(detection, answers)
}

async function answered(question: Question, prompt: Prompt): Promise<string> {
  for (;;) {
    const answer = await prompt.line(question.text, { fallback: question.fallback?.value })
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
export async function wantsAdding(
  files: string[],
  flags: InitFlags,
  prompt: Prompt | undefined,
): Promise<boolean> {
  if (flags.gitAdd !== undefined) return flags.gitAdd
  if (!prompt) return flags.yes ?? false
  const question = `Nix sees only files that git knows. Run git add --intent-to-add ${files.join(' ')}?`
  return /^y(es)?$/i.test((await prompt.line(question, { fallback: 'yes' })) ?? '')
}
