import type { ArgumentSpec, Command, FlagSpec, Group } from './command.js'
import { SHARED_ALIASES, sharedFlags } from './flags.js'
import { kebab } from './names.js'

/** A flag as help, completions and the manual tell of it. */
export interface DescribedFlag {
  /** As it is typed, without the dashes. */
  name: string
  letter?: string
  brief: string
  /** What its value is; undefined where it takes none. */
  value?: string
  /** The values it takes, where they are few. */
  values: readonly string[]
}

/** A command, or what several are under. */
export interface Described {
  /** The words that call it; none for slipway itself. */
  path: readonly string[]
  brief: string
  /** The commands under it. */
  commands: readonly { name: string; brief: string }[]
  flags: readonly DescribedFlag[]
  args: readonly { placeholder: string; brief: string; optional: boolean; many: boolean }[]
}

/** All there is to call, each before what is under it: what help, completions and the manual are made from. */
export function describe(target: Command | Group, path: readonly string[] = []): Described[] {
  const { brief } = target
  if (!('commands' in target))
    return [{ path, brief, commands: [], flags: flagsOf(target), args: argsOf(target) }]
  const commands = Object.entries(target.commands)
  return [
    { path, brief, commands: commands.map(([name, { brief }]) => ({ name, brief })), flags: [], args: [] },
    ...commands.flatMap(([name, command]) => describe(command, [...path, name])),
  ]
}

function flagsOf(command: Command): DescribedFlag[] {
  const letters = new Map(
    Object.entries({ ...SHARED_ALIASES, ...command.aliases }).map(([letter, name]) => [name, letter]),
  )
  return Object.entries<FlagSpec>({ ...command.flags, ...sharedFlags }).flatMap(([key, flag]) => {
    const { brief } = flag
    const letter = letters.get(key)
    const name = kebab(key)
    const described: DescribedFlag = {
      ...{ name, brief, values: flag.kind === 'enum' ? flag.values : [] },
      ...(letter !== undefined && { letter }),
      ...(flag.kind !== 'boolean' && { value: valueName(flag) }),
    }
    const negated = flag.kind === 'boolean' && flag.withNegated !== false
    return negated ? [described, { name: `no-${name}`, brief: `Not --${name}`, values: [] }] : [described]
  })
}

function valueName(flag: FlagSpec): string {
  return flag.placeholder ?? (flag.kind === 'enum' ? flag.values.join('|') : 'VALUE')
}

function argsOf({ args }: Command): Described['args'] {
  const told = ({ placeholder, brief, optional = false }: ArgumentSpec, many: boolean) => {
    return { placeholder, brief, optional, many }
  }
  if (!('each' in args)) return args.map((one) => told(one, false))
  return [{ ...told(args.each, true), optional: (args.minimum ?? 0) === 0 }]
}
