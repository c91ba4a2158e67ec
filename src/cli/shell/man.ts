import type { Described, DescribedFlag } from '../describe.js'

/** The manual page, as man(7) has it. */
export function manPage(all: readonly Described[], version: string): string {
  const [root, ...commands] = all
  return [
    `.TH SLIPWAY 1 "" "slipway ${escaped(version)}"`,
    '.SH NAME',
    `slipway \\- ${escaped(root?.brief ?? '')}`,
    '.SH SYNOPSIS',
    '.B slipway',
    '.I COMMAND',
    '[\\fIFLAGS\\fR]',
    '.SH COMMANDS',
    ...commands.flatMap(commandPart),
    '.SH SEE ALSO',
    'slipway docs',
    '',
  ].join('\n')
}

function commandPart({ path, brief, args, flags, commands }: Described): string[] {
  // What is only above others, they show themselves.
  if (commands.length > 0) return []
  const words = args.map(({ placeholder, optional, many }) => {
    const word = `\\fI${escaped(placeholder)}\\fR${many ? '...' : ''}`
    return optional ? `[${word}]` : word
  })
  return [
    `.SS slipway ${escaped(path.join(' '))} ${words.join(' ')}`.trimEnd(),
    sentence(brief),
    ...args.flatMap(({ placeholder, brief }) => ['.TP', `\\fI${escaped(placeholder)}\\fR`, sentence(brief)]),
    ...flags.flatMap((flag) => ['.TP', flagText(flag), sentence(flag.brief)]),
  ]
}

function flagText({ name, letter, value }: DescribedFlag): string {
  const short = letter === undefined ? '' : `\\fB\\-${letter}\\fR, `
  return `${short}\\fB\\-\\-${escaped(name)}\\fR${value === undefined ? '' : ` \\fI${escaped(value)}\\fR`}`
}

function sentence(text: string): string {
  return `${escaped(text)}.`
}

/** Text as roff takes it: a backslash, a dash, and a dot or a quote at a line's start mean more to it. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&')
}
