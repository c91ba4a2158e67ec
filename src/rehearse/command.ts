import { type ErrorParts, SlipwayError } from '../errors.js'

/** What execa says about a command that failed. */
export interface FailedCommand {
  stderr?: string | undefined
  shortMessage?: string | undefined
}

/** How much of a failed command's output to show: why it stopped is at the end. */
const SHOWN_LINES = 8

/** The error of a command that failed, with the end of what it printed. */
export function commandError(parts: Omit<ErrorParts, 'why'>, command: FailedCommand): SlipwayError {
  const printed = (command.stderr ?? '').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n')
  return new SlipwayError({ ...parts, why: printed || (command.shortMessage ?? 'It says nothing') })
}
