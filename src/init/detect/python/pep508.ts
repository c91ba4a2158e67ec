/**
 * A dependency as PEP 508 writes it (https://packaging.python.org/en/latest/specifications/dependency-specifiers/).
 * The libraries on npm that read this refuse what pip takes: `===`, a comma at the end, a URL without blanks.
 */
export interface Dependency {
  /** As it is written. */
  name: string
  extras: string[]
  /** PEP 440: `>=3,<4`. Empty where any version will do. */
  versions: string
  /** Of a direct reference, `name @ URL`. */
  url: string | undefined
  marker: Marker | undefined
}

/** When a dependency is one. */
export type Marker =
  | { kind: 'and' | 'or'; left: Marker; right: Marker }
  | { kind: 'compare'; left: Operand; operator: string; right: Operand }

/** A variable of the environment, or a string. */
export type Operand = { variable: string } | { value: string }

/** Names that PEP 345 had, and that setuptools still takes. */
const OLD_VARIABLES: Record<string, string> = {
  'os.name': 'os_name',
  'platform.machine': 'platform_machine',
  'platform.python_implementation': 'platform_python_implementation',
  'platform.version': 'platform_version',
  python_implementation: 'platform_python_implementation',
  'sys.platform': 'sys_platform',
}

const NAME = /\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*/y
const EXTRAS = /\[\s*([\w.,\s-]*)\]\s*/y
const URL = /@\s*(\S+?)\s*(?=\s;|;\s|\s*$)/y
const COMPARISON = String.raw`(?:===|==|~=|!=|<=|>=|<|>)\s*[\w.*+!-]+`
const VERSIONS = new RegExp(
  String.raw`(\(\s*)?(${COMPARISON}(?:\s*,\s*${COMPARISON})*)?\s*,?\s*(?:\))?\s*`,
  'y',
)
const END = /\s*$/y

/** Reads a dependency; undefined where the text is none. */
export function parseDependency(text: string): Dependency | undefined {
  const reader = new Reader(text)
  const name = reader.take(NAME)?.[1]
  if (name === undefined) return undefined
  const extras = (reader.take(EXTRAS)?.[1] ?? '')
    .split(',')
    .map((extra) => extra.trim())
    .filter(Boolean)
  const url = reader.take(URL)?.[1]
  const versions = url === undefined ? (reader.take(VERSIONS)?.[2] ?? '') : ''
  const marker = reader.take(/;\s*/y) ? readOr(reader) : undefined
  if (!reader.take(END) || reader.failed) return undefined
  return { name, extras, versions: versions.replace(/\s+/g, ''), url, marker }
}

/** Reads tokens of a text, one after the other. */
class Reader {
  failed = false
  private position = 0

  constructor(private readonly text: string) {}

  /** What a sticky pattern matches here, if it does. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.position
    const match = pattern.exec(this.text)
    if (match) this.position = pattern.lastIndex
    return match ?? undefined
  }
}

function readOr(reader: Reader): Marker | undefined {
  let left = readAnd(reader)
  while (left && reader.take(/\s*\bor\b\s*/y)) {
    const right = readAnd(reader)
    left = right && { kind: 'or', left, right }
  }
  reader.failed ||= left === undefined
  return left
}

function readAnd(reader: Reader): Marker | undefined {
  let left = readComparison(reader)
  while (left && reader.take(/\s*\band\b\s*/y)) {
    const right = readComparison(reader)
    left = right && { kind: 'and', left, right }
  }
  return left
}

const OPERATOR = /\s*(===|==|~=|!=|<=|>=|<|>|in\b|not\s+in\b)\s*/y

function readComparison(reader: Reader): Marker | undefined {
  if (reader.take(/\s*\(\s*/y)) {
    const inner = readOr(reader)
    return reader.take(/\s*\)\s*/y) ? inner : undefined
  }
  const left = readOperand(reader)
  const operator = reader.take(OPERATOR)?.[1]
  const right = readOperand(reader)
  if (!left || operator === undefined || !right) return undefined
  return { kind: 'compare', left, operator: operator.replace(/\s+/, ' '), right }
}

function readOperand(reader: Reader): Operand | undefined {
  const quoted = reader.take(/"([^"]*)"|'([^']*)'/y)
  if (quoted) return { value: quoted[1] ?? quoted[2] ?? '' }
  const name = reader.take(/[a-z_.]+/y)?.[0]
  return name === undefined ? undefined : { variable: OLD_VARIABLES[name] ?? name }
}
