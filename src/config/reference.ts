import * as z from 'zod'
import { cacheSchema, configSchema, serviceSchema, siteSchema } from './schema.js'
import { systemSchema } from './system-schema.js'

/** A field of the config, as the reference shows it. */
export interface Field {
  name: string
  /** A TypeScript type. */
  type: string
  optional: boolean
  description: string
}

/** An object of the config. */
export interface Section {
  name: string
  fields: Field[]
}

/** The parts of a JSON schema that ours consist of. */
interface Json {
  $ref?: string
  id?: string
  type?: string | string[]
  description?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Json[]
  oneOf?: Json[]
  items?: Json
  properties?: Record<string, Json>
  additionalProperties?: Json | boolean
  required?: string[]
}

/** Every object of the config with its fields, from the schema that validates it. */
export function referenceSections(): Section[] {
  const root = z.toJSONSchema(configSchema, { io: 'input', reused: 'inline' }) as Json & {
    $defs?: Record<string, Json>
  }
  const sections = new Map<string, Section>([['Config', section('Config', root)]])
  for (const [name, json] of Object.entries(root.$defs ?? {})) {
    if (json.properties) sections.set(name, section(name, json))
  }
  const order = ['Config', idOf(serviceSchema), idOf(siteSchema), idOf(systemSchema), idOf(cacheSchema)]
  return [...sections.values()].sort((a, b) => rank(order, a.name) - rank(order, b.name))
}

function rank(order: readonly string[], name: string): number {
  const index = order.indexOf(name)
  return index === -1 ? order.length : index
}

function idOf(schema: z.ZodType): string {
  return String(schema.meta()?.id)
}

function section(name: string, json: Json): Section {
  const fields = Object.entries(json.properties ?? {}).map(([key, value]) => ({
    name: key,
    type: typeText(value),
    optional: !json.required?.includes(key),
    description: value.description ?? '',
  }))
  return { name, fields }
}

function typeText(json: Json): string {
  if (json.$ref) return json.$ref.replace('#/$defs/', '')
  const union = json.anyOf ?? json.oneOf
  if (union) return union.map(typeText).join(' | ')
  if (json.enum) return json.enum.map(literal).join(' | ')
  if (json.const !== undefined) return literal(json.const)
  switch (json.type) {
    case 'integer':
      return 'number'
    case 'array':
      return arrayText(typeText(json.items ?? {}))
    case 'object':
      return `Record<string, ${typeof json.additionalProperties === 'object' ? typeText(json.additionalProperties) : 'unknown'}>`
    default:
      return [json.type ?? 'unknown'].flat().join(' | ')
  }
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function arrayText(item: string): string {
  return item.includes(' | ') ? `(${item})[]` : `${item}[]`
}

/** The config's types for people's editors: the same fields, with their descriptions as TSDoc. */
export function typesText(sections: readonly Section[]): string {
  const interfaces = sections.map(
    ({ name, fields }) => `export interface ${name} {\n${fields.map(memberText).join('\n')}\n}\n`,
  )
  return `// Generated from schema.ts by \`npm run generate\`: change it there.\n\n${interfaces.join('\n')}`
}

function memberText({ name, type, optional, description }: Field): string {
  const comment = description ? `  /** ${description} */\n` : ''
  return `${comment}  ${name}${optional ? '?' : ''}: ${type}${optional ? ' | undefined' : ''}`
}

/** The reference as Markdown; one section of it where a name is given. */
export function referenceText(sections: readonly Section[]): string {
  return sections.map(({ name, fields }) => `## ${name}\n\n${fields.map(fieldText).join('\n')}`).join('\n\n')
}

function fieldText({ name, type, optional, description }: Field): string {
  return `- \`${name}${optional ? '?' : ''}: ${type}\`${description ? `: ${description}` : ''}`
}
