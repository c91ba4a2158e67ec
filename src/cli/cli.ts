import type { Config } from '../config/resolved.js'
import type { Engine } from '../engine/engine.js'
import { onInterrupt } from './interrupt.js'
import type { JsonStream } from './json-stream.js'
import { createPrompt, type Prompt } from './prompt.js'
import { printable, printableJson } from './text/printable.js'
import { createTerminal, type Terminal } from './text/terminal.js'

/** What commands are handed. */
export interface Cli {
  /** What is said while a command works, on standard error. */
  terminal: Terminal
  prompt: Prompt
  /** A result, on standard output. */
  print(text: string): void
  printJson(value: unknown): void
  /** `stops`: it ends cleanly when it is interrupted. Without it, an interrupt ends the program. */
  engine(options?: EngineOptions): Promise<Engine>
  config(flags: ConfigSource): Promise<Config>
}

export interface EngineOptions {
  stops?: boolean
  /** Called for each event, beside whoever shows it. */
  onEvent?: Engine['tell']
}

/** Which config a command is about. */
export interface ConfigSource {
  config?: string
  env?: string
  rehearse?: string
  deployRs?: string
  overrideInput?: string[]
}

/** Whether everything that is run is told: by a flag, or by a variable where no flag can be given. */
export function isVerbose(flags: { verbose?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  return flags.verbose ?? (env.SLIPWAY_DEBUG !== undefined && !['', '0'].includes(env.SLIPWAY_DEBUG))
}

export interface CliOptions {
  /** Everything that is run is told. */
  verbose: boolean
  /** Only results, errors and warnings are told. */
  quiet?: boolean
  /** Where all that happens, and the result, goes as data. */
  stream?: JsonStream | undefined
}

export function createCli({ verbose, quiet = false, stream }: CliOptions): Cli {
  const terminal = createTerminal({ quiet: quiet || stream !== undefined })
  const prompt = createPrompt()
  const write = (text: string) => {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }
  return {
    terminal,
    prompt,
    print: (text) => write(printable(text)),
    printJson: (value) =>
      stream ? stream.result(value) : write(printableJson(JSON.stringify(value, null, 2))),
    engine: async ({ stops = false, onEvent } = {}) => {
      const [{ createEngine }, { showProgress }, { askOn }] = await Promise.all([
        import('../engine/engine.js'),
        import('./text/progress.js'),
        import('./questions.js'),
      ])
      const signal = stops ? onInterrupt() : new AbortController().signal
      const show = stream ? stream.event : showProgress(terminal, verbose)
      const tell: Engine['tell'] = (event) => {
        show(event)
        onEvent?.(event)
      }
      return createEngine({ signal, tell, ask: askOn(prompt) })
    },
    config: async (flags) => {
      const { loadConfigOf } = await import('./config.js')
      return loadConfigOf(flags, (note) => terminal.warn(note))
    },
  }
}
