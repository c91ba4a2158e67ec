import { createInterface } from 'node:readline'
import { type Asked, ask } from './services/probe.js'

/** Answers the agent's questions to a service, as the service's user: a line each, until there are no more. */
export async function answerQuestions(): Promise<number> {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await ask(JSON.parse(line) as Asked)
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
  return 0
}
