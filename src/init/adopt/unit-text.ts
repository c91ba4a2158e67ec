import type { UnitSurvey } from '../../contract/survey.js'
import type { Where } from '../detect/tree.js'

/** A line of a unit file: systemd.syntax(7). */
interface Setting {
  name: string
  value: string
  line: number
}

/** What a unit's own file sets, in order; lines that are continued count as one. */
export function settingsOf(text: string): Setting[] {
  const found: Setting[] = []
  let begun: Setting | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (begun === undefined && /^\s*([#;].*)?$/.test(line)) continue
    const [, name = '', value = ''] = /^\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.*)$/.exec(line) ?? []
    begun ??= name === '' ? undefined : { name, value: '', line: index + 1 }
    if (begun === undefined) continue
    begun.value += begun.value === '' ? value : ` ${line.trim()}`
    if (line.trimEnd().endsWith('\\')) continue
    found.push(begun)
    begun = undefined
  }
  return found
}

/** Where a unit says something; its file as a whole where a file beside it says it. */
export function whereOf({ path, text, dropIns }: UnitSurvey, name: string, part = ''): Where {
  const found = settingsOf(text).find((one) => one.name === name && one.value.includes(part))
  return { file: found === undefined ? (dropIns[0] ?? path) : path, line: found?.line ?? 1 }
}
