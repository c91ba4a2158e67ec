import { type Match, matches, type Source } from './source.js'
import type { Where } from './tree.js'

/** A variable that a program reads, and what it takes without it. */
export interface EnvironmentRead {
  name: string
  fallback: string | undefined
  /** Whether that line fails without it. */
  required: boolean
  at: Where
}

/** A string or a number, in any of the languages. */
const LITERAL = String.raw`(?:"(?<double>[^"\n]*)"|'(?<single>[^'\n]*)'|(?<number>\d[\d_]*))`
const NAME = '(?<name>[A-Z][A-Z0-9_]+)'

/** How sources name a variable: `os.Getenv("X")`, `env::var("X")`, `process.env.X`, `env = "X"` of clap. */
const READS = [
  new RegExp(String.raw`\b(?<call>[\w.:!]*[eE]nv[\w.:!]*)\(\s*["'\x60]${NAME}["'\x60]`),
  new RegExp(String.raw`\b(?:process\.env\.|import\.meta\.env\.)${NAME}\b`),
  new RegExp(String.raw`\b(?:process\.env|os\.environ|ENV)\[["']${NAME}["']\]`),
  new RegExp(String.raw`\b(?<call>config)\(\s*["']${NAME}["']`),
  new RegExp(String.raw`\benv\s*=\s*"${NAME}"`),
  new RegExp(String.raw`\b(?:env|envconfig):"${NAME}(?:,\w+)*"`),
]

/** What follows the variable's name in a call and is the value without it: `getenv("X", "y")`. */
const ARGUMENT = new RegExp(String.raw`^\s*,\s*(?:default\s*=\s*)?${LITERAL}`)
/** The same after a call inside `cmp.Or(os.Getenv("X"), "y")`. */
const OR_ARGUMENT = new RegExp(String.raw`^\)\s*,\s*${LITERAL}`)

/** What else follows a read and names the value without the variable. */
const FALLBACKS = [
  String.raw`^\)?(?:\s*\.\w+\([^;{}]*?\))*?\s*\.unwrap_or(?:_else)?\(\s*(?:\|\w*\|\s*)?(?:String::from\(|&)?${LITERAL}`,
  String.raw`^\s*[^;{},\n]{0,60}?\)?\s*(?:\|\||\?\?|\bor\b)\s*${LITERAL}`,
  String.raw`^\)\s*;?\s*if\s+\w+\s*==\s*""\s*\{\s*\w+\s*=\s*${LITERAL}`,
  String.raw`^\)\s*;\s*\w+\s*!=\s*""\s*\{\s*return\s+\w+\s*\}\s*return\s+${LITERAL}`,
  String.raw`^\)\s*;?\s*if\s+!\s*\w+\s*\{\s*\w+\s*=\s*${LITERAL}`,
  String.raw`^[^\]]{0,120}?\bdefault_value(?:_t)?\s*=\s*${LITERAL}`,
  String.raw`^[^\x60\n]{0,60}?(?:envDefault|default):"(?<double>[^"]*)"`,
  String.raw`^\)[^;]{0,200}?Err\(_\)\s*=>\s*${LITERAL}`,
].map((pattern) => new RegExp(pattern))

/** `os.environ["X"]` of Python, which is no assignment; `env::var("X").unwrap()` of Rust. */
const SUBSCRIPT = /^os\.environ\[/
const NO_ASSIGNMENT = /^(?!\s*=[^=])/
const UNWRAPPED = /^\)\s*\.(?:unwrap|expect)\(/

/** `env("X")` of django-environ and `config("X")` of decouple fail, unless a default follows. */
const PYTHON_CALL = /^(?:env|config)(?:\.\w+)?\(/
const NO_DEFAULT = /^(?![^)\n]*\bdefault\s*=)/

function isRequired({ source, end, text }: Match): boolean {
  const rest = source.text.slice(end)
  if (source.file.endsWith('.py') && PYTHON_CALL.test(text)) return NO_DEFAULT.test(rest)
  return SUBSCRIPT.test(text) ? NO_ASSIGNMENT.test(rest) : UNWRAPPED.test(rest)
}

/** So far after a read its fallback is looked for. */
const FALLBACK_REACH = 240

/** Variables that a program reads, each where it is read first. */
export function environmentReads(sources: readonly Source[]): EnvironmentRead[] {
  const reads = [...READS.flatMap((pattern) => matches(sources, pattern)), ...bareClapReads(sources)]
    .filter(({ groups }) => !/set_?(env|var)|unset|remove|option_env|\benv!/i.test(groups.call ?? ''))
    .map((match) => ({
      name: match.groups.name ?? '',
      fallback: fallbackOf(match),
      required: isRequired(match),
      at: match.at,
    }))
    .concat(destructured(sources))
  return distinct(reads.filter(({ name }) => !/^CARGO_/.test(name)))
}

/** One entry a variable: the one with a fallback, else the first. */
function distinct(reads: EnvironmentRead[]): EnvironmentRead[] {
  const best = new Map<string, EnvironmentRead>()
  for (const read of reads) {
    const known = best.get(read.name)
    if (!known || (known.fallback === undefined && read.fallback !== undefined)) best.set(read.name, read)
  }
  return [...best.values()]
}

function fallbackOf(match: Match): string | undefined {
  const { source, end, text, groups } = match
  const rest = source.text.slice(end, end + FALLBACK_REACH)
  const before = source.text.slice(0, end - text.length)
  const patterns = [
    ...(groups.call === undefined ? [] : [ARGUMENT]),
    ...(/\bOr\(\s*$/.test(before) ? [OR_ARGUMENT] : []),
    ...FALLBACKS,
  ]
  for (const pattern of patterns) {
    const found = pattern.exec(rest)
    if (found) return literalOf(found.groups ?? {})
  }
  return undefined
}

function literalOf(groups: Record<string, string | undefined>): string | undefined {
  return groups.double ?? groups.single ?? groups.number?.replaceAll('_', '')
}

/** `#[arg(long, env, default_value_t = 3000)] port: u16`: the variable has the field's name. */
function bareClapReads(sources: readonly Source[]): Match[] {
  const pattern =
    /#\[(?:arg|clap)\((?<attributes>[^\]]*\benv\b(?!\s*=)[^\]]*)\)\]\s*(?:pub(?:\([^)]*\))?\s+)?(?<field>\w+)\s*:/
  return matches(sources, pattern).map((match) => ({
    ...match,
    groups: { name: match.groups.field?.toUpperCase() },
    end: match.end - match.text.length,
  }))
}

/** `const { PORT = 3000, HOST } = process.env`. */
function destructured(sources: readonly Source[]): EnvironmentRead[] {
  return matches(sources, /\{(?<names>[^{}]*)\}\s*=\s*process\.env\b/).flatMap((match) =>
    (match.groups.names ?? '').split(',').flatMap((entry) => {
      const found = new RegExp(String.raw`^\s*${NAME}(?:\s*:\s*\w+)?(?:\s*=\s*${LITERAL})?\s*$`).exec(entry)
      if (!found?.groups?.name) return []
      return [{ name: found.groups.name, fallback: literalOf(found.groups), required: false, at: match.at }]
    }),
  )
}
