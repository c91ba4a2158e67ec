import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
/** Files that lie in no room: every other room may import them. */
const LOOSE = [
  'errors.ts',
  'index.ts',
  'line-reader.ts',
  'own-cache.ts',
  'package-root.ts',
  'run-program.ts',
  'shell-quote.ts',
  'user-folder.ts',
]
/** Rooms that are bundled into the agent, or go into a pure plan: they know nothing of the deployer's machine. */
const APART = ['contract', 'wire', 'release', 'agent']

/** The rooms of docs/ARCHITECTURE.md, each with those that it may import. */
function allowedImports(): Map<string, Set<string>> {
  const text = readFileSync(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8')
  const rows = text.matchAll(/^\| `([a-z]+)` +\|[^|]*\|([^|]*)\|$/gm)
  return new Map([...rows].map(([, room = '', list = '']) => [room, new Set(list.match(/[a-z]+/g) ?? [])]))
}

interface Import {
  from: string
  to: string
}

/** All imports of src, relative to it; those of packages and of Node as they are written. */
function imports(): Import[] {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.ts'))
    .flatMap((from) => {
      const text = readFileSync(join(ROOT, 'src', from), 'utf8')
      return [...text.matchAll(/(?:^(?:import|export|\}).* from |^import |\bimport\()'([^']+)'/gm)].map(
        ([, to = '']) => ({
          from,
          to: to.startsWith('.')
            ? relative(join(ROOT, 'src'), resolve(ROOT, 'src', dirname(from), to)).replace(/\.js$/, '.ts')
            : to,
        }),
      )
    })
}

const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : path)

describe('the architecture', () => {
  const allowed = allowedImports()
  const all = imports()

  it('names every room', () => {
    const rooms = new Set(all.map(({ from }) => roomOf(from)).filter((room) => !room.endsWith('.ts')))
    assert.deepEqual([...rooms].sort(), [...allowed.keys()].sort())
  })

  it('has every room import only what its table allows', () => {
    const wrong = all.filter(({ from, to }) => {
      const [room, target] = [roomOf(from), roomOf(to)]
      if (room === target || LOOSE.includes(from) || !(allowed.has(target) || LOOSE.includes(target)))
        return false
      if (LOOSE.includes(target)) return APART.includes(room)
      return !allowed.get(room)?.has(target)
    })
    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} → ${to}`),
      [],
    )
  })

  it('has no circle and no arrow upwards', () => {
    const order = [...allowed.keys()]
    const upwards = [...allowed].flatMap(([room, targets]) =>
      [...targets]
        .filter((target) => order.indexOf(target) >= order.indexOf(room))
        .map((target) => `${room} → ${target}`),
    )
    assert.deepEqual(upwards, [])
  })

  it('keeps planning and rendering pure', () => {
    const impure = all.filter(
      ({ from, to }) => ['plan', 'release', 'contract'].includes(roomOf(from)) && to.startsWith('node:'),
    )
    assert.deepEqual(impure, [])
  })

  it('keeps what is bundled into the agent small', () => {
    const packages = all.filter(
      ({ from, to }) => APART.includes(roomOf(from)) && !to.endsWith('.ts') && !to.startsWith('node:'),
    )
    assert.deepEqual([...new Set(packages.map(({ to }) => to))].sort(), [
      'json-rpc-2.0',
      'p-limit',
      'zod/mini',
    ])
  })
})
