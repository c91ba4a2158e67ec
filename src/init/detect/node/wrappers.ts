import { type Command, parseScript, type Word } from '../script.js'

/** Options of a program: those that take the next word, and those that stand alone. */
interface Options {
  valued: readonly string[]
}

/** What is left of a command once a wrapper is taken off. */
export interface Unwrapped {
  env: Record<string, string>
  words: readonly Word[]
  notes: string[]
  /** The words are a script of their own: `sh -c "…"`. */
  isScript?: boolean
}

type Unwrap = (words: readonly Word[]) => Unwrapped | undefined

/** Reads a file of variables before the program: here slipway sets them. */
const envFile =
  (tool: string, options: Options): Unwrap =>
  (words) => {
    const { rest, values } = skipOptions(words, options)
    const files = values.filter(({ option }) => /^-(?:e|f)$|^--(?:file|env-file|env)$/.test(option))
    const named = files.length > 0 ? files.map(({ value }) => value).join(' and ') : '.env'
    const set = values.flatMap(({ option, value }) =>
      option === '-v' && value.includes('=') ? [value.split(/=(.*)/s)] : [],
    )
    return {
      env: Object.fromEntries(set.map(([name = '', value = '']) => [name, value])),
      words: rest,
      notes: [
        `${tool} reads ${named}, which a package has no part of: set its variables in slipway.config.ts`,
      ],
    }
  }

const assignments = (words: readonly Word[]): Unwrapped => {
  const first = words.findIndex(({ text }) => !/^[A-Za-z_]\w*=/.test(text))
  const set = words.slice(0, first < 0 ? words.length : first)
  const env = Object.fromEntries(set.map(({ text }) => text.split(/=(.*)/s).slice(0, 2)))
  return { env, words: first < 0 ? [] : words.slice(first), notes: [] }
}

/** Restarts the program when a file changes. */
const watcher =
  (tool: string, options: Options, runs = 'node'): Unwrap =>
  (words) => {
    const { rest, values } = skipOptions(words, options)
    const command = values.find(({ option }) => option === '-x' || option === '--exec')?.value
    const notes = [`${tool} is for development: here the program runs without it`]
    const start = runs === 'node' && /\.[cm]?tsx?$/.test(rest[0]?.text ?? '') ? 'ts-node' : runs
    const first = command === undefined ? [{ text: start, variables: false }] : commandWords(command)
    return { env: {}, words: [...first, ...rest], notes }
  }

const plain =
  (options: Options): Unwrap =>
  (words) => ({ env: {}, words: skipOptions(words, options).rest, notes: [] })

/** Programs that run another one, by name. */
const WRAPPERS: Record<string, Unwrap> = {
  'cross-env': assignments,
  'cross-env-shell': (words) => {
    const { env, words: rest } = assignments(words)
    return { env, words: rest, notes: [], isScript: true }
  },
  env: (words) => assignments(skipOptions(words, { valued: ['-u', '--unset', '-C', '--chdir'] }).rest),
  dotenv: envFile('dotenv', { valued: ['-e', '-v', '-c'] }),
  'env-cmd': envFile('env-cmd', { valued: ['-f', '--file', '-e', '--environments', '-r', '--rc-file'] }),
  dotenvx: (words) =>
    words[0]?.text === 'run'
      ? envFile('dotenvx', { valued: ['-f', '--env-file', '-e', '--env'] })(words.slice(1))
      : undefined,
  exec: plain({ valued: [] }),
  npx: plain({ valued: ['-p', '--package'] }),
  bunx: plain({ valued: [] }),
  nodemon: watcher('nodemon', {
    valued: [
      '-w',
      '--watch',
      '-e',
      '--ext',
      '-i',
      '--ignore',
      '-x',
      '--exec',
      '-d',
      '--delay',
      '-s',
      '--signal',
      '--config',
    ],
  }),
  'node-dev': watcher('node-dev', { valued: [] }),
  'ts-node-dev': watcher(
    'ts-node-dev',
    { valued: ['--ignore', '--watch', '-P', '--project', '-r', '--require'] },
    'ts-node',
  ),
  tsnd: watcher(
    'ts-node-dev',
    { valued: ['--ignore', '--watch', '-P', '--project', '-r', '--require'] },
    'ts-node',
  ),
  'pm2-runtime': (words) => {
    const rest = skipOptions(words[0]?.text === 'start' ? words.slice(1) : words, {
      valued: ['-i', '--instances', '-n', '--name', '--max-memory-restart'],
    }).rest
    if (!/\.[cm]?[jt]s$/.test(rest[0]?.text ?? '') || /config\.[cm]?js$/.test(rest[0]?.text ?? ''))
      return undefined
    const notes = ['pm2 is left out: systemd restarts the program']
    return {
      env: {},
      words: [{ text: 'node', variables: false }, ...rest.slice(0, 1), ...afterMark(rest)],
      notes,
    }
  },
  sh: (words) =>
    words[0]?.text === '-c' ? { env: {}, words: words.slice(1, 2), notes: [], isScript: true } : undefined,
}
WRAPPERS.bash = WRAPPERS.sh as Unwrap

/** Takes one wrapper off a command; undefined where there is none that is known. */
export function unwrap(command: Command): Unwrapped | undefined {
  const [first, ...rest] = command.words
  const own = WRAPPERS[first?.text ?? '']
  return Object.hasOwn(WRAPPERS, first?.text ?? '') ? own?.(rest) : undefined
}

/** Words after a program's options. `--` ends them. */
export function skipOptions(
  words: readonly Word[],
  { valued }: Options,
): { rest: readonly Word[]; values: { option: string; value: string }[] } {
  const values: { option: string; value: string }[] = []
  let index = 0
  for (; index < words.length; index += 1) {
    const text = words[index]?.text ?? ''
    if (text === '--') return { rest: words.slice(index + 1), values }
    if (!text.startsWith('-')) break
    const [option = '', value] = text.split(/=(.*)/s)
    if (value !== undefined) values.push({ option, value })
    else if (valued.includes(option)) {
      index += 1
      values.push({ option, value: words[index]?.text ?? '' })
    }
  }
  return { rest: words.slice(index), values }
}

/** What comes after `--`. */
function afterMark(words: readonly Word[]): readonly Word[] {
  const mark = words.findIndex(({ text }) => text === '--')
  return mark < 0 ? [] : words.slice(mark + 1)
}

/** A command that was given as one word: `--exec "node --inspect"`. */
function commandWords(text: string): readonly Word[] {
  const script = parseScript(text)
  return 'commands' in script ? (script.commands[0]?.words ?? []) : [{ text, variables: false }]
}
