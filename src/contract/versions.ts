/** The oldest Node that runs the agent. */
const OLDEST_NODE = '20.19.0'

/** Below zero where `a` is the older of two versions such as `1.10.2` or `v20.19.2`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)]
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether a Node, by what it says of its version, runs the agent. */
export function runsAgent(nodeVersion: string): boolean {
  return /^v\d+\.\d+\.\d+/.test(nodeVersion) && compareVersions(nodeVersion, OLDEST_NODE) >= 0
}

/** The agent of a version gives way to another bundle of the same version or a newer one, never to an older. */
export function replaces(version: string, installed: string): boolean {
  return compareVersions(version, installed) >= 0
}

function numbersOf(version: string): number[] {
  return (version.replace(/^v|[-+].*$/g, '').match(/\d+/g) ?? []).map(Number)
}
