import type { Ask, HashQuestion, PasswordQuestion, Question } from '../engine/questions.js'
import type { Prompt } from './prompt.js'

/** Asks what the engine wants to know on a terminal; where there is none, there is no answer. */
export function askOn(prompt: Prompt): Ask {
  function ask(question: PasswordQuestion, signal?: AbortSignal): Promise<string | undefined>
  function ask(question: HashQuestion, signal?: AbortSignal): Promise<boolean>
  async function ask(question: Question, signal?: AbortSignal): Promise<string | boolean | undefined> {
    switch (question.kind) {
      case 'password': {
        if (!prompt.canAsk) return undefined
        const again = question.again ? 'Sorry, try again. ' : ''
        const text = `${again}sudo password of ${question.destination}: `
        return prompt.line(text, { hidden: true, signal })
      }
      case 'hashes': {
        if (!prompt.canAsk) return false
        const text = 'The hash of what is fetched differs. Write the right one and build again?'
        return prompt.yes(text, true, signal)
      }
    }
  }
  return ask
}
