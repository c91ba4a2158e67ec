const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** What a duration in a config may look like. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/**
 * Whole milliseconds of a duration such as `500ms`, `30s`, `2m`, `1h` or `90d`; at least one of what is above zero.
 * @throws RangeError where the text is no duration; the schema refuses those first.
 */
export function durationMs(text: string): number {
  const match = DURATION_PATTERN.exec(text)
  if (!match) throw new RangeError(`not a duration: ${text}`)
  const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]
  return Math.max(Math.round(ms), ms > 0 ? 1 : 0)
}
