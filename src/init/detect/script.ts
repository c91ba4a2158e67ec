import {
  type Argument,
  type ArgumentSegment,
  type CommandChain,
  parseShell,
  type ShellLine,
} from '@yarnpkg/parsers'

type ValueArgument = Extract<Argument, { type: 'argument' }>

/** A word of a command. Where it holds variables, its text is what a shell reads between double quotes. */
export interface Word {
  text: string
  variables: boolean
}

/** One command of a script. */
export interface Command {
  /** Variables that are set for it alone. */
  env: Record<string, string>
  words: Word[]
  /** The command that its output is piped to. */
  pipedTo: string | undefined
}

/** Commands that run one after the other, or why that can't be told. */
export type Script = { commands: Command[] } | { problem: string }

/** A script's reason for not being understood. */
class NotUnderstood extends Error {}

const OUTPUT = 'it takes the output of a command'

/** Reads what a shell is handed: a script of `package.json`, a process of a Procfile. */
export function parseScript(text: string): Script {
  // The parser takes a backquote for a character like any other.
  if (text.includes('`')) return { problem: OUTPUT }
  try {
    return { commands: linesOf(parseShell(text)) }
  } catch (error) {
    const isSyntax = error instanceof Error && error.name === 'SyntaxError'
    if (!isSyntax && !(error instanceof NotUnderstood)) throw error
    return { problem: isSyntax ? 'a shell could not read it' : error.message }
  }
}

function linesOf(lines: ShellLine): Command[] {
  return lines.flatMap(({ command, type }) => {
    if (type === '&') throw new NotUnderstood('it leaves a program in the background (`&`)')
    const own = chainOf(command.chain)
    const { then } = command
    if (then === undefined) return own
    if (then.type === '||') throw new NotUnderstood('what it runs depends on what fails (`||`)')
    return [...own, ...linesOf([{ command: then.line, type }])]
  })
}

function chainOf(chain: CommandChain): Command[] {
  if (chain.type !== 'command') throw new NotUnderstood('it groups commands')
  const words = chain.args.flatMap((argument) => (argument.type === 'argument' ? [wordOf(argument)] : []))
  const env = chain.envs.map(({ name, args }) => {
    const [value] = args.map(wordOf)
    if (value?.variables) throw new NotUnderstood(`it sets ${name} by another variable`)
    return [name, value?.text ?? ''] as const
  })
  const piped = chain.then && chainOf(chain.then.chain)[0]
  return [{ env: Object.fromEntries(env), words, pipedTo: piped?.words.map((word) => word.text).join(' ') }]
}

function wordOf({ segments }: ValueArgument): Word {
  const variables = segments.some(({ type }) => type === 'variable')
  return { text: segments.map((segment) => segmentText(segment, variables)).join(''), variables }
}

function segmentText(segment: ArgumentSegment, amongVariables: boolean): string {
  switch (segment.type) {
    case 'text':
      return amongVariables ? segment.text.replace(/["\\$`]/g, '\\$&') : segment.text
    case 'variable': {
      const [fallback] = (segment.defaultValue ?? []).map(wordOf)
      return fallback === undefined ? `$${segment.name}` : `\${${segment.name}:-${fallback.text}}`
    }
    case 'glob':
      return segment.pattern
    default:
      throw new NotUnderstood(OUTPUT)
  }
}

/** A word without variables. */
export function word(text: string): Word {
  return { text, variables: false }
}
