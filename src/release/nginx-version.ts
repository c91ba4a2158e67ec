/** Whether a version, `1.26.3`, is another or newer. */
export function atLeast(version: string, wanted: readonly [number, number, number]): boolean {
  const has = version.split('.').map(Number)
  for (const [index, part] of wanted.entries()) {
    const own = has[index] ?? 0
    if (own !== part) return own > part
  }
  return true
}
