import type { Found } from '../engine/operate.js'
import { usageError } from '../errors.js'
import type { Prompt } from './prompt.js'

/** What is about to be removed, as people tell it from others. */
export function foundText({ host, service, project, by, urls }: Found): string {
  const from = project === null ? '' : ` from the project ${project}`
  const who = by === null ? 'no release of it serves' : `${by} deployed it${from}`
  return `${service} on ${host}: ${who}${urls.length > 0 ? `, at ${urls.join(', ')}` : ''}`
}

/** Asks before something is removed. @throws SlipwayError where the answer is no, or there is nobody to ask. */
export async function confirmRemoval(prompt: Prompt, question: string): Promise<void> {
  if (!prompt.canAsk) {
    throw usageError({
      what: 'this can not be undone, and there is no terminal to ask on',
      next: 'Add --yes.',
    })
  }
  if (!(await prompt.yes(question, false))) throw usageError({ what: 'nothing was removed' })
}
