import type { ZodType } from 'zod'
import { configSchema } from './schema.js'

/** What stands at a path of a config. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key]
  return value
}

/** The fields the schema has at a path; unions are searched for objects. */
export function knownKeys(
  path: readonly PropertyKey[],
  input: unknown,
  schema: ZodType = configSchema,
): string[] {
  let schemas: SchemaNode[] = [schema as unknown as SchemaNode]
  for (const [depth, key] of path.entries()) {
    const parent = valueAt(input, path.slice(0, depth))
    schemas = schemas.flatMap((schema) => children(schema, key, parent))
  }
  return [...new Set(schemas.flatMap((schema) => objects(schema, valueAt(input, path))))].filter(
    (k) => k !== 'kind',
  )
}

/** The parts of a zod schema that the search for keys looks at. */
interface SchemaNode {
  def: {
    type: string
    shape?: Record<string, SchemaNode>
    options?: SchemaNode[]
    innerType?: SchemaNode
    valueType?: SchemaNode
    element?: SchemaNode
    values?: unknown[]
  }
}

function branches(schema: SchemaNode, value: unknown): SchemaNode[] {
  const { def } = schema
  if (def.innerType) return branches(def.innerType, value)
  if (!def.options) return [schema]
  const kind = (value as { kind?: unknown } | undefined)?.kind
  return def.options
    .flatMap((option) => branches(option, value))
    .filter((option) => !kind || !option.def.shape?.kind || option.def.shape.kind.def.values?.includes(kind))
}

function children(schema: SchemaNode, key: PropertyKey, parent: unknown): SchemaNode[] {
  return branches(schema, parent).flatMap(({ def }) => {
    const child = def.shape?.[String(key)] ?? def.valueType ?? def.element
    return child ? [child] : []
  })
}

function objects(schema: SchemaNode, value: unknown): string[] {
  return branches(schema, value).flatMap(({ def }) => Object.keys(def.shape ?? {}))
}
