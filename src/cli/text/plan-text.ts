import type { Change } from '../../plan/changes.js'
import type { HostPlan, ServicePlan } from '../../plan/plan.js'
import type { SystemPlan } from '../../plan/systems.js'
import { cacheProblemText, whenceText } from './cache-text.js'
import { colors as pc } from './colors.js'
import { formatBytes } from './terminal.js'

/** A plan as people read it. */
export function planText(plans: readonly HostPlan[], environment?: string): string {
  return plans.map((plan) => hostText(plan, environment)).join('\n')
}

function hostText(plan: HostPlan, environment: string | undefined): string {
  const lines = [`${pc.bold(plan.host)}${environment === undefined ? '' : `, ${environment}`}`]
  for (const { problem, fix } of plan.problems) lines.push(`  ${pc.red('not ready:')} ${problem} (${fix})`)
  for (const system of plan.systems) lines.push(...systemLines(system))
  for (const service of plan.services) lines.push(...serviceLines(service))
  if (plan.whence) lines.push(`  packages: ${whenceText(plan.whence)}`)
  for (const problem of plan.whence?.problems ?? []) lines.push(`  ${pc.yellow(cacheProblemText(problem))}`)
  if (plan.others.length > 0) lines.push(pc.dim(`  left alone: ${plan.others.join(', ')}`))
  return `${lines.join('\n')}\n`
}

function serviceLines(plan: ServicePlan): string[] {
  const { routes } = plan.manifest.service
  const urls = routes.length > 0 ? ` → ${routes.map(({ url }) => url).join(', ')}` : ''
  const head = `  ${MARK[plan.status]} ${plan.service}: ${headline(plan)}${urls}`
  const details = plan.status === 'new' ? newDetails(plan) : plan.changes.flatMap(changeLines)
  return [
    head,
    ...details.map((line) => `      ${line}`),
    ...plan.warnings.map((text) => `      ${pc.yellow(text)}`),
  ]
}

const MODE = { switch: '', boot: ', from the next boot on', test: ', until the next boot' } as const

function systemLines(plan: SystemPlan): string[] {
  const { system, status, from, fromPath, to, running } = plan
  const head = `  ${MARK[status]} ${system}: ${status}${from === null ? '' : `, generation ${from}`}${MODE[plan.mode]}`
  const warned = plan.warnings.map((text) => `      ${pc.yellow(text)}`)
  if (status === 'unchanged') return [head, ...warned]
  const lines = [`system ${fromPath ? `${storeName(fromPath)} → ` : ''}${storeName(to)}`]
  if (running) lines.push(`what runs is neither: ${storeName(running)}`)
  return [head, ...lines.map((line) => `      ${line}`), ...warned]
}

const MARK = {
  new: pc.green('+'),
  changed: pc.yellow('~'),
  unchanged: pc.dim('='),
  stopped: pc.yellow('!'),
} as const

function headline({ status, number, from }: ServicePlan): string {
  switch (status) {
    case 'new':
      return `new, release ${number}`
    case 'changed':
      return `changed, release ${from} → ${number}`
    case 'unchanged':
      return `unchanged, release ${from}`
    case 'stopped':
      return `unchanged, but not running: release ${from} is started again`
  }
}

function newDetails({ manifest, units, closure }: ServicePlan): string[] {
  const bytes = closure.reduce((total, path) => total + path.bytes, 0)
  const secrets = Object.keys(manifest.secrets)
  return [
    `package ${storeName(manifest.package)} (${closure.length} paths, ${formatBytes(bytes)})`,
    ...(units.length > 0 ? [`units ${units.join(', ')}`] : []),
    ...(secrets.length > 0 ? [`secrets ${secrets.join(', ')}`] : []),
  ]
}

function changeLines(change: Change): string[] {
  switch (change.what) {
    case 'package': {
      const { addedPaths, addedBytes, removedPaths, removedBytes } = change.closure
      const size = `+${addedPaths.length} paths ${formatBytes(addedBytes)}, -${removedPaths.length} paths ${formatBytes(removedBytes)}`
      return [`package ${storeName(change.from)} → ${storeName(change.to)} (${size})`]
    }
    case 'assets':
      return [`assets ${(change.from ?? 'none').slice(0, 8)} → ${(change.to ?? 'none').slice(0, 8)}`]
    case 'secrets':
      return [
        ...change.added.map((name) => `secret ${name} added`),
        ...change.removed.map((name) => `secret ${name} removed`),
        ...change.changed.map((name) => `secret ${name} changed`),
      ]
    case 'project':
      return [`project ${change.from} → ${change.to}`]
    case 'routes':
      return [`routes${listing(change) || ': how they are served'}`]
    default:
      return [`${change.what}${listing(change)}`]
  }
}

function listing(lists: { added: string[]; removed: string[]; changed?: string[] }): string {
  return [
    ...lists.added.map((item) => ` +${item}`),
    ...lists.removed.map((item) => ` -${item}`),
    ...(lists.changed ?? []).map((item) => ` ~${item}`),
  ].join('')
}

/** `x1y2z3…-app-1.0` of a store path. */
function storeName(path: string): string {
  const name = path.replace('/nix/store/', '')
  return `${name.slice(0, 6)}…${name.slice(32)}`
}
