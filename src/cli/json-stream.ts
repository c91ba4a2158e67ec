import type { EngineEvent } from '../engine/events.js'
import { SlipwayError } from '../errors.js'
import { planJson } from './plan-json.js'

/** What happens as data: newline-delimited JSON, an object with a `type` on each line. */
export interface JsonStream {
  event(event: EngineEvent): void
  /** What `--json` would print. */
  result(value: unknown): void
  error(error: unknown): void
}

/** `write` takes whole lines. `verbose`: also what was run. */
export function jsonStream(write: (line: string) => void, verbose: boolean): JsonStream {
  const put = (value: object) => write(`${JSON.stringify(value)}\n`)
  return {
    event: (event) => {
      if (event.type === 'debug' && !verbose) return
      put(event.type === 'planned' ? { type: 'planned', plan: planJson(event.plans, []) } : event)
    },
    result: (value) => put({ type: 'result', result: value }),
    error: (error) => {
      if (!(error instanceof SlipwayError)) put({ type: 'error', what: String(error), defect: true })
      else put({ type: 'error', ...error.parts, code: error.code })
    },
  }
}
