/** Levels of syslog, of which the journal reads the number in front of a line (sd-daemon(3)). */
const LEVELS = { error: 3, warning: 4, info: 6, debug: 7 } as const

export type Level = keyof typeof LEVELS

/** Tells the journal. Never given a secret. */
export interface Log {
  error(text: string): void
  warning(text: string): void
  info(text: string): void
  debug(text: string): void
}

/** A log on standard error, which systemd hands to the journal; `most` is the most talkative level that is told. */
export function createLog(most: Level, write: (line: string) => void): Log {
  const tell = (level: Level) => (text: string) => {
    if (LEVELS[level] > LEVELS[most]) return
    for (const line of text.split('\n')) write(`<${LEVELS[level]}>${line}\n`)
  }
  return { error: tell('error'), warning: tell('warning'), info: tell('info'), debug: tell('debug') }
}
