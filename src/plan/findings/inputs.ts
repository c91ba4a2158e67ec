import { unlockedText } from '../inputs.js'
import { type Finding, finding, type Subject } from './finding.js'

/** Whether what is built tomorrow is what is built today. */
export function inputFindings({ here }: Subject): Finding[] {
  if (here?.unlocked === undefined) return []
  if (here.unlocked.length === 0) return [finding('inputs', true, 'locked')]
  return here.unlocked.map((unlocked) => {
    const { found, fix } = unlockedText(unlocked)
    return finding('inputs', false, found, { fix })
  })
}
