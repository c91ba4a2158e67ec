/** A share of requests such as `10%`: a hundredth at least, and less than all. */
export function parsePercent(text: string): number {
  const percent = Number(/^(\d{1,2})%?$/.exec(text)?.[1])
  if (percent >= 1) return percent
  throw new RangeError(`"${text}" is not a share between 1% and 99%`)
}

/** `on` or `off`. */
export function parseOnOff(text: string): 'on' | 'off' {
  if (text === 'on' || text === 'off') return text
  throw new RangeError(`"${text}" is neither on nor off`)
}

/** How many lines: a whole number. */
export function parseLines(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw new RangeError(`"${text}" is not a number of lines`)
}
