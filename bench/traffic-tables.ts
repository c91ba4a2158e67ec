import { tableText } from '../src/cli/text/table.js'
import { median } from './measure.js'
import { modeTitle } from './modes.js'
import type { Seen } from './switches.js'
import type { Throughput } from './throughput.js'

/** A load generator that is at work for more of the time than this measures itself. */
const MOST_GENERATOR = 0.85

/** One line for each way to switch. */
export function switchesText(all: readonly Seen[]): string {
  const rows = all.map(({ title, took, steady, deploys, busy }) => {
    const failed = deploys.all.failed / took.length
    return [
      title,
      `${failed.toFixed(failed > 0 && failed < 10 ? 1 : 0)} of ${Math.round(deploys.all.sent / took.length)}`,
      `${(median(took) / 1000).toFixed(1)} s`,
      latencyText(steady),
      latencyText(deploys),
      generatorText(busy),
    ]
  })
  return tableText(
    ['', 'failed a deploy', 'it takes', 'p50 / p99 / max, steady', 'during deploys', 'load generator'],
    rows,
  )
}

function latencyText({ all: { latency } }: Seen['steady']): string {
  const { p50, p99, max } = latency
  return `${[p50, p99, max].map((value) => value.toFixed(value < 10 ? 1 : 0)).join(' / ')} ms`
}

/** One line for each mode in each slot, misses marked. */
export function throughputText(slots: Readonly<Record<string, readonly Throughput[]>>): string {
  const rows = Object.entries(slots).flatMap(([slot, all]) =>
    all.map(({ mode, beside, atLeast, runs }) => {
      const ratios = runs.map(({ slipway, other }) => slipway / other)
      const ratio = median(ratios)
      return [
        `${modeTitle(mode)}, ${slot}`,
        `${Math.round(median(runs.map(({ slipway }) => slipway)))}/s`,
        beside,
        `${Math.round(median(runs.map(({ other }) => other)))}/s`,
        `× ${ratio.toFixed(2)}`,
        `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
        `≥ ${atLeast}`,
        ratio >= atLeast ? 'met' : 'MISSED',
        generatorText(median(runs.map(({ generator }) => generator))),
      ]
    }),
  )
  return tableText(['', 'slipway', 'beside', '', 'ratio', 'range', 'target', '', 'load generator'], rows)
}

function generatorText(share: number): string {
  return `${Math.round(100 * share)} %${share > MOST_GENERATOR ? ' BUSY' : ''}`
}
