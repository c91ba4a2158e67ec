import { colors as pc } from './colors.js'

/** What a command says while it works. Results go to stdout elsewhere; this is stderr only. */
export interface Terminal {
  /** Something happened. */
  line(text: string): void
  /** Something to be aware of. */
  warn(text: string): void
  /** What is going on right now: one line that is overwritten, and nothing where stderr is no terminal. */
  status(text: string): void
}

/** `quiet` drops everything but warnings. */
export function createTerminal(options: { quiet?: boolean } = {}, stream = process.stderr): Terminal {
  let shown = false
  const clear = () => {
    if (!shown) return
    stream.write('\r\u001b[K')
    shown = false
  }
  return {
    line(text) {
      clear()
      if (!options.quiet) stream.write(`${text}\n`)
    },
    warn(text) {
      clear()
      stream.write(`${pc.yellow('warning:')} ${text}\n`)
    },
    status(text) {
      clear()
      if (options.quiet || !stream.isTTY || text === '') return
      stream.write(pc.dim(text.slice(0, (stream.columns ?? 80) - 1)))
      shown = true
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
