import { colors as pc } from './colors.js'
import { printable } from './printable.js'

/** What a command says while it works. Results go to stdout elsewhere; this is stderr only. */
export interface Terminal {
  /** Something happened. */
  line(text: string): void
  /** What went wrong. */
  error(text: string): void
  /** Something to be aware of. */
  warn(text: string): void
  /** What is going on right now: lines that are overwritten, and nothing where stderr is no terminal. */
  status(text: string): void
}

/** `quiet` drops everything but errors and warnings. */
export function createTerminal(options: { quiet?: boolean } = {}, stream = process.stderr): Terminal {
  let shown = 0
  const clear = () => {
    if (shown === 0) return
    stream.write(`\r\u001b[K${'\u001b[A\u001b[K'.repeat(shown - 1)}`)
    shown = 0
  }
  return {
    line(text) {
      clear()
      if (!options.quiet) stream.write(`${printable(text)}\n`)
    },
    error(text) {
      clear()
      stream.write(`${text}\n`)
    },
    warn(text) {
      clear()
      stream.write(`${pc.yellow('warning:')} ${printable(text)}\n`)
    },
    status(text) {
      clear()
      if (options.quiet || !stream.isTTY || text === '') return
      // A line that wraps, or one above the screen, could not be overwritten.
      const lines = printable(text)
        .split('\n')
        .slice(0, Math.max(1, (stream.rows || 24) - 1))
      stream.write(lines.map((line) => pc.dim(line.slice(0, (stream.columns || 80) - 1))).join('\n'))
      shown = lines.length
    },
  }
}

/** `1.3 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** `12.3 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  let value = Math.abs(bytes)
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}
