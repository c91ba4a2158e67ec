import { join } from 'node:path'
import * as z from 'zod/mini'
import { historyResultSchema } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { readEntries } from '../journal/entries.js'

/** A line of a system's history. */
export const systemEntrySchema = z.object({
  at: z.string(),
  action: z.string(),
  path: z.string(),
  generation: z.nullable(z.string()),
  from: z.nullable(z.string()),
  by: z.string(),
  seconds: z.number(),
  result: historyResultSchema,
})
export type SystemEntry = z.infer<typeof systemEntrySchema>

export function historyPath(agent: Agent, name: string): string {
  return join(agent.places.systems, name, 'log')
}

/** The paths whose last activation did not go well. */
export async function failedPaths(agent: Agent, name: string): Promise<Set<string>> {
  const paths = new Set<string>()
  for (const { path, result } of await readEntries(historyPath(agent, name), systemEntrySchema)) {
    if (result === 'good') paths.delete(path)
    else if (result !== 'refused') paths.add(path)
  }
  return paths
}
