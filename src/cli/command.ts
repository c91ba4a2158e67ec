import type { ExitCode } from '../contract/exit-codes.js'
import type { Cli } from './cli.js'

/** A flag of a command. Left out, its value is undefined where it is optional. */
export type FlagSpec = { brief: string; optional?: boolean; placeholder?: string } & (
  | { kind: 'boolean'; withNegated?: boolean }
  | { kind: 'enum'; values: readonly string[] }
  | { kind: 'parsed'; parse: (input: string) => unknown; variadic?: boolean; inferEmpty?: boolean }
)

/** A word that stands without a flag. */
export interface ArgumentSpec {
  placeholder: string
  brief: string
  parse: (input: string) => unknown
  optional?: boolean
}

/** So many words as there are, each the same kind. */
export interface RestSpec {
  each: ArgumentSpec
  minimum?: number
}

export type FlagSpecs = Record<string, FlagSpec>
export type ArgumentSpecs = readonly ArgumentSpec[] | RestSpec

type FlagValue<F> = F extends { kind: 'boolean' }
  ? boolean
  : F extends { kind: 'enum'; values: readonly (infer V)[] }
    ? V
    : F extends { kind: 'parsed'; parse: (input: string) => infer V }
      ? F extends { variadic: true }
        ? V[]
        : V
      : never

type OptionalKey<S> = { [K in keyof S]: S[K] extends { optional: true } ? K : never }[keyof S]

/** What flags hold when a command runs. */
export type FlagValues<S> = { [K in OptionalKey<S>]?: FlagValue<S[K]> } & {
  [K in Exclude<keyof S, OptionalKey<S>>]: FlagValue<S[K]>
}

type ArgumentValue<A> = A extends { parse: (input: string) => infer V }
  ? A extends { optional: true }
    ? V | undefined
    : V
  : never

/** What the words without a flag are when a command runs. */
export type ArgumentValues<A> = A extends readonly ArgumentSpec[]
  ? { -readonly [K in keyof A]: ArgumentValue<A[K]> }
  : A extends RestSpec
    ? ArgumentValue<A['each']>[]
    : []

/** A command as one value: what it takes, what it is, and what it does. */
export interface CommandSpec<F extends FlagSpecs, A extends ArgumentSpecs> {
  brief: string
  args?: A
  flags?: F
  /** Single letters that stand for flags. */
  aliases?: Record<string, keyof F & string>
  /** Resolves to the exit code; undefined: all is well. What only this command needs is loaded in it. */
  run(
    cli: Cli,
    flags: FlagValues<F>,
    ...args: ArgumentValues<A>
  ): Promise<ExitCode | number | undefined> | Promise<void>
}

/** A command whose own types matter no more. */
export interface Command {
  brief: string
  args: ArgumentSpecs
  flags: FlagSpecs
  aliases: Record<string, string>
  run(cli: Cli, flags: never, ...args: never[]): Promise<ExitCode | number | undefined> | Promise<void>
}

/** Commands under a name. */
export interface Group {
  brief: string
  /** The one that the name alone means. */
  default?: string
  /** What its commands are for, and which they are, in the order of the help. */
  tasks?: Readonly<Record<string, readonly string[]>>
  commands: Commands
}

export type Commands = { [name: string]: Command | Group }

/** Defines a command. */
// biome-ignore lint/complexity/noBannedTypes: no flags, no arguments
export function command<const F extends FlagSpecs = {}, const A extends ArgumentSpecs = []>(
  spec: CommandSpec<F, A>,
): Command {
  const { brief, args = [], flags = {}, aliases = {}, run } = spec
  return { brief, args, flags, aliases, run: run as Command['run'] }
}
