import { parseDocument as parseYaml, stringify } from 'yaml'
import * as z from 'zod'
import type { SecretsDocument } from './document.js'

const schema = z.strictObject({
  values: z.record(z.string(), z.string()).default({}),
  recipients: z.record(z.string(), z.string()).default({}),
  former: z.record(z.string(), z.object({ name: z.string(), knows: z.array(z.string()) })).default({}),
})

/** A document as text. */
export function renderDocument(document: SecretsDocument): string {
  return stringify(document, { sortMapEntries: true, lineWidth: 0 })
}

/** A document from its text, or what is wrong with it, in words that hold nothing of the text. */
export function parseDocument(text: string): SecretsDocument | { problem: string } {
  const plain = parseMapping(text)
  if ('problem' in plain) return plain
  const parsed = schema.safeParse(plain.mapping)
  return parsed.success ? parsed.data : { problem: 'it holds something else than secrets of slipway' }
}

/** Values alone, as people edit them. */
export function renderValues(values: SecretsDocument['values']): string {
  return Object.keys(values).length === 0 ? '' : stringify(values, { sortMapEntries: true, lineWidth: 0 })
}

const KEY_PATTERN = /^(?:[a-z][a-z0-9-]*\/)?[A-Za-z_][A-Za-z0-9_]*$/

/** What people edited, or what is wrong with it, in words that hold no value. */
export function parseValues(text: string): { values: Record<string, string> } | { problem: string } {
  const plain = parseMapping(text)
  if ('problem' in plain) return plain
  const values: Record<string, string> = {}
  for (const [key, value] of Object.entries(plain.mapping)) {
    if (!KEY_PATTERN.test(key)) return { problem: 'a name is neither NAME nor SERVICE/NAME' }
    if (typeof value !== 'string') return { problem: `${key} is not a text` }
    values[key] = value
  }
  return { values }
}

/** YAML's own messages quote the text: only the kind of error and its line are told. */
function parseMapping(text: string): { mapping: Record<string, unknown> } | { problem: string } {
  // In this schema every scalar is a text, also `true` and `0123`.
  const yaml = parseYaml(text, { schema: 'failsafe', prettyErrors: true, logLevel: 'error' })
  const [error] = yaml.errors
  if (error) return { problem: `line ${error.linePos?.[0].line ?? '?'} is not valid YAML (${error.code})` }
  let value: unknown
  try {
    value = yaml.toJS()
  } catch {
    return { problem: 'it is not valid YAML: a value that begins with * or & needs quotes' }
  }
  if (value === null || value === '') return { mapping: {} }
  if (typeof value !== 'object' || Array.isArray(value)) return { problem: 'it is not a list of NAME: value' }
  return { mapping: value as Record<string, unknown> }
}
