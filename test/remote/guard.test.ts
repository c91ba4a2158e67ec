import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { hostProgram } from '../../src/remote/program.js'
import {
  copyProgram,
  type Ended,
  type GuardFolder,
  type GuardItem,
  type ProgramCopy,
  writeGuard,
} from './program-copy.js'

let copy: ProgramCopy
beforeEach(() => {
  copy = copyProgram()
})
afterEach(() => copy.remove())

/** A kind of item that only notes down what is done to it; `broken` can't be put back, `slow` takes its time. */
const PROBE = `
undo_probe() {
  echo "undo $item_name to $item_from" >>"$ROOT/calls"
  if [ -e "$ROOT/slow" ]; then sleep 0.2; fi
  if [ -e "$ROOT/broken" ]; then echo 'it does not start'; return 1; fi
}
holds_probe() { [ ! -e "$ROOT/newer" ]; }
explain_probe() { echo "last words of $item_name"; }
finish_probe() { echo "finish $item_name" >>"$ROOT/calls"; }
retire_probe() { echo "retire $item_name to $item_to" >>"$ROOT/calls"; }
log_probe() { echo "log $item_name $1" >>"$ROOT/calls"; }
`

/** An item of that kind. */
function probe(state: string, ...more: string[]): GuardItem {
  return { state, record: ['kind=probe', 'to=4', 'from=3', ...more] }
}

/** Runs a script where the guard `abc` is open. */
function open(script: string): Ended {
  return copy.functions(`${PROBE}\nguard_open abc\n${script}`)
}

/** What was done to items of that kind. */
function calls(): string[] {
  const path = join(copy.root, 'calls')
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
}

/** Runs a script that must succeed. */
function succeed({ status, stdout, stderr }: Ended): string {
  assert.deepEqual([status, stderr], [0, ''])
  return stdout
}

describe('guard_open', () => {
  const show =
    'echo "$guard_policy $guard_activate $guard_confirm $guard_hold [$guard_escalate_network] [$guard_escalate_units] [$guard_escalate_reboot]"'

  it('reads all settings', () => {
    const settings =
      'policy=all\nactivate=10\nconfirm=20\nhold=25\nescalate_network=30\nescalate_units=a.service b@*.service\nescalate_reboot=40\n'
    writeGuard(copy, 'abc', {}, { settings })
    assert.equal(succeed(open(show)), 'all 10 20 25 [30] [a.service b@*.service] [40]\n')
  })

  it('has limits of its own for what is not set', () => {
    writeGuard(copy, 'abc', {}, { settings: '' })
    assert.equal(succeed(open(show)), 'each 240 30 0 [] [] []\n')
  })

  it('tells that there is no such activation', () => assert.equal(open('').status, 66))

  it('takes no paths', () => {
    const { status, stderr } = copy.functions('guard_open ../abc')
    assert.deepEqual([status, stderr], [1, 'not an activation: ../abc\n'])
  })
})

describe('item_move', () => {
  it('moves an item on from the state that it is in', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('armed') })
    succeed(open('item_move "$GUARD/items/web" armed active'))
    assert.deepEqual(guard.states('web'), ['active'])
  })

  it('leaves an item that is in another state', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('confirmed') })
    assert.equal(succeed(open('item_move "$GUARD/items/web" active reverting || echo no')), 'no\n')
    assert.deepEqual(guard.states('web'), ['confirmed'])
  })

  // Each waits for the file `go`, so that they try at the same time.
  for (const [what, target] of [
    ['to different states', 'state$n'],
    ['to the same state', 'next'],
  ] as const) {
    it(`lets only one of many succeed that move an item ${what} at once`, () => {
      const guard = writeGuard(copy, 'abc', { web: probe('active') })
      const moved = succeed(
        open(`
          web=$GUARD/items/web round=0
          while [ "$round" -lt 10 ]; do
            for n in 1 2 3 4 5 6 7 8; do
              (
                while [ ! -e "$GUARD/go" ]; do :; done
                if item_move "$web" active "${target}"; then echo "${target}"; fi
              ) &
            done
            : >"$GUARD/go"
            wait
            rm "$GUARD/go"
            item_state "$web"
            echo "is $item_state"
            item_move "$web" "$item_state" active
            round=$((round + 1))
          done`),
      ).split('\n')
      assert.deepEqual(guard.states('web'), ['active'])
      assert.equal(moved.pop(), '')
      assert.equal(moved.length, 20)
      for (let round = 0; round < 20; round += 2) assert.equal(moved[round + 1], `is ${moved[round]}`)
    })
  }
})

describe('item_state', () => {
  it('is the state an item is in', () => {
    writeGuard(copy, 'abc', { web: probe('revert-failed') })
    assert.equal(succeed(open('item_state "$GUARD/items/web"; echo "$item_state"')), 'revert-failed\n')
  })

  it('is nothing for an item that is not on record yet', () => {
    writeGuard(copy, 'abc', { web: {} })
    assert.equal(succeed(open('item_state "$GUARD/items/web"; echo "[$item_state]"')), '[]\n')
  })

  it('is found while the item is moved', () => {
    writeGuard(copy, 'abc', { web: probe('active') })
    const seen = succeed(
      open(`
        web=$GUARD/items/web
        while [ ! -e "$GUARD/stop" ]; do
          item_move "$web" active confirmed
          item_move "$web" confirmed active
        done &
        looks=0 none=0 active=0 confirmed=0
        # Both states are to be seen: the item was really moved in between.
        while [ "$looks" -lt 3000 ] || [ "$active" = 0 ] || [ "$confirmed" = 0 ]; do
          item_state "$web"
          case $item_state in
            active) active=1 ;;
            confirmed) confirmed=1 ;;
            *) none=$((none + 1)) ;;
          esac
          looks=$((looks + 1))
        done
        : >"$GUARD/stop"
        wait
        echo "$none"`),
    )
    assert.equal(seen, '0\n')
  })
})

describe('load_item', () => {
  /** The keys of what the program puts on record of items. */
  const KEYS = recordedKeys(hostProgram().text)
  const show = `echo "$item_name"; ${KEYS.map((key) => `echo "${key}=$item_${key}"`).join('; ')}`
  const FULL = { record: KEYS.map((key) => `${key}=the ${key}`) }
  const DEFAULTS: Record<string, string> = { confirm: 'yes', revert: 'yes', hooks: 'yes', began: '0' }

  it('reads every key that is put on record', () => {
    for (const key of ['kind', 'to', 'from', 'action', 'profile', 'revert', 'began'])
      assert.ok(KEYS.includes(key))
    writeGuard(copy, 'abc', { box: FULL })
    assert.equal(succeed(open(`load_item "$GUARD/items/box"; ${show}`)), `box\n${FULL.record.join('\n')}\n`)
  })

  it('takes values as they are', () => {
    const to = 'to=/nix/store/x=y \\n $(id) "q" *  '
    writeGuard(copy, 'abc', { box: { record: [to] } })
    assert.equal(succeed(open('load_item "$GUARD/items/box"; printf "to=%s" "$item_to"')), to)
  })

  it('forgets the item before', () => {
    writeGuard(copy, 'abc', { full: FULL, bare: { record: [] } })
    assert.equal(
      succeed(open(`load_item "$GUARD/items/full"; load_item "$GUARD/items/bare"; ${show}`)),
      `bare\n${KEYS.map((key) => `${key}=${DEFAULTS[key] ?? ''}\n`).join('')}`,
    )
  })
})

function recordedKeys(program: string): string[] {
  const records = [...program.matchAll(/printf '%s\\n' ([^>]*) >"\$1\/item"/g)]
  const keys = records.flatMap(([, words]) =>
    [...` ${words}`.matchAll(/[\s"]([a-z_]+)=/g)].map((match) => match[1] ?? ''),
  )
  return [...new Set(keys)]
}

describe('guard_has', () => {
  for (const [states, wanted, has] of [
    [['active', 'confirmed'], 'active', true],
    [['active', 'confirmed'], 'armed confirmed', true],
    [['active', 'confirmed'], 'reverted revert-failed', false],
    [['revert-failed'], 'reverted', false],
    [['reverting'], 'revert reverted', false],
    [[], 'active', false],
  ] as const) {
    it(`says ${has} to ${wanted} where items are ${states.join(' and ') || 'missing'}`, () => {
      writeGuard(copy, 'abc', Object.fromEntries(states.map((state) => [`a-${state}`, probe(state)])))
      assert.equal(succeed(open(`if guard_has ${wanted}; then echo true; else echo false; fi`)), `${has}\n`)
    })
  }
})

describe('item_undo', () => {
  const undo = 'item_undo "$GUARD/items/web" "no reason"'

  it('refuses what had not been touched yet', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('prepared') })
    succeed(open(undo))
    assert.deepEqual(guard.states('web'), ['reverted'])
    assert.deepEqual(guard.events(), ['web refused no reason'])
    assert.deepEqual(calls(), [])
  })

  for (const state of ['armed', 'confirmed']) {
    it(`puts back what was ${state}, with its last words`, () => {
      const guard = writeGuard(copy, 'abc', { web: probe(state) })
      succeed(open(undo))
      assert.deepEqual(guard.states('web'), ['reverted'])
      assert.deepEqual(guard.events(), [
        'web failed no reason',
        'web journal last words of web',
        'web reverted 3',
      ])
      assert.deepEqual(calls(), ['undo web to 3', 'log web failed'])
    })
  }

  it('puts back what was active: it has nothing to explain', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('active') })
    succeed(open(undo))
    assert.deepEqual(guard.states('web'), ['reverted'])
    assert.deepEqual(guard.events(), ['web failed no reason', 'web reverted 3'])
  })

  it('goes on with what was being put back', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('reverting') })
    succeed(open(undo))
    assert.deepEqual(guard.states('web'), ['reverted'])
    assert.deepEqual(guard.events(), ['web reverted 3'])
    assert.deepEqual(calls(), ['undo web to 3', 'log web failed'])
  })

  it('tells that nothing was there before', () => {
    const guard = writeGuard(copy, 'abc', { web: { state: 'armed', record: ['kind=probe', 'to=1'] } })
    succeed(open(undo))
    assert.equal(guard.events().at(-1), 'web reverted null')
  })

  it('tells why putting back failed', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('active') })
    writeFileSync(join(copy.root, 'broken'), '')
    succeed(open(undo))
    assert.deepEqual(guard.states('web'), ['revert-failed'])
    assert.deepEqual(guard.events(), ['web failed no reason', 'web revert-failed it does not start'])
    assert.deepEqual(calls(), ['undo web to 3', 'log web revert-failed'])
  })

  it('leaves what failed where its config wants that', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('armed', 'revert=no') })
    succeed(open(undo))
    assert.deepEqual(guard.states('web'), ['revert-failed'])
    assert.deepEqual(guard.events(), [
      'web failed no reason',
      'web journal last words of web',
      'web left its config wants that',
    ])
    assert.deepEqual(calls(), ['log web failed'])
  })

  it('puts back what was finished, which has nothing to explain', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('confirmed') })
    succeed(open(`: >"$GUARD/items/web/finished"; ${undo}`))
    assert.deepEqual(guard.states('web'), ['reverted'])
    assert.deepEqual(guard.events(), ['web failed no reason', 'web reverted 3'])
  })

  for (const [was, becomes, finished] of [
    ['armed', 'reverted', ''],
    ['active', 'reverted', ''],
    ['reverting', 'reverted', ''],
    ['confirmed', 'confirmed', ': >"$GUARD/items/web/finished"; '],
  ] as const) {
    it(`leaves what somebody else has made of what was ${was}`, () => {
      const guard = writeGuard(copy, 'abc', { web: probe(was) })
      writeFileSync(join(copy.root, 'newer'), '')
      succeed(open(`${finished}${undo}`))
      assert.deepEqual([guard.states('web'), calls()], [[becomes], []])
      assert.deepEqual(guard.events(), [
        'web failed no reason',
        'web left somebody else has changed it since',
      ])
    })
  }

  for (const state of ['active', 'confirmed', 'reverting']) {
    it(`puts back what was ${state}, though what fails would be left`, () => {
      const guard = writeGuard(copy, 'abc', { web: probe(state, 'revert=no') })
      succeed(open(undo))
      assert.deepEqual(guard.states('web'), ['reverted'])
      assert.deepEqual(calls(), ['undo web to 3', 'log web failed'])
    })
  }

  for (const state of ['reverted', 'revert-failed']) {
    it(`leaves what is ${state} already`, () => {
      const guard = writeGuard(copy, 'abc', { web: probe(state) })
      succeed(open(undo))
      assert.deepEqual([guard.states('web'), guard.events(), calls()], [[state], [], []])
    })
  }

  it('is done once, whoever asks for it at the same time', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('active') })
    writeFileSync(join(copy.root, 'slow'), '')
    const reverting = 'while [ ! -e "$GUARD/items/web/state-reverting" ]; do :; done'
    succeed(open(`${undo} & ${undo} & ${reverting}; ${undo} & ${undo} & wait`))
    assert.deepEqual(guard.states('web'), ['reverted'])
    assert.deepEqual(guard.events(), ['web failed no reason', 'web reverted 3'])
    assert.deepEqual(calls(), ['undo web to 3', 'log web failed'])
  })
})

describe('item_finish', () => {
  it('is done once', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('confirmed') })
    succeed(open('item_finish "$GUARD/items/web"; item_finish "$GUARD/items/web"'))
    assert.deepEqual(guard.events(), ['web done 4'])
    assert.deepEqual(calls(), ['finish web', 'log web good'])
  })
})

/** A guard with an item in every state. */
function everyState(id: string, files: Record<string, string> = {}): GuardFolder {
  const states = ['prepared', 'armed', 'active', 'confirmed', 'reverting', 'reverted', 'revert-failed']
  return writeGuard(copy, id, Object.fromEntries(states.map((state) => [`a-${state}`, probe(state)])), files)
}

/** The events by which it is settled. */
const SETTLED = [
  'a-active failed no reason',
  'a-active reverted 3',
  'a-armed failed no reason',
  'a-armed journal last words of a-armed',
  'a-armed reverted 3',
  'a-confirmed done 4',
  'a-prepared refused no reason',
  'a-reverting reverted 3',
]

describe('guard_settle', () => {
  it('takes back what is not confirmed, finishes what is, and ends', () => {
    const guard = everyState('abc')
    succeed(open('guard_settle "no reason"'))
    assert.deepEqual(guard.events(), [...SETTLED, 'end'])
    assert.deepEqual(
      ['prepared', 'armed', 'active', 'reverting', 'reverted'].flatMap((was) => guard.states(`a-${was}`)),
      ['reverted', 'reverted', 'reverted', 'reverted', 'reverted'],
    )
    assert.deepEqual(guard.states('a-confirmed'), ['confirmed'])
    assert.deepEqual(guard.states('a-revert-failed'), ['revert-failed'])
    assert.deepEqual(copy.systemctl(), ['stop slipway-guard-abc.timer'])
  })

  it('may be repeated', () => {
    const guard = everyState('abc')
    succeed(open('guard_settle "no reason"; guard_settle "another reason"'))
    assert.deepEqual(guard.events(), [...SETTLED, 'end'])
  })

  it('ends what was killed before anything began', () => {
    const guard = writeGuard(copy, 'abc', {})
    succeed(open('guard_settle "no reason"'))
    assert.deepEqual(guard.events(), ['end'])
  })

  it('ends what was killed while an item was put on record', () => {
    const guard = writeGuard(copy, 'abc', { bare: {}, web: { record: ['kind=probe', 'to=4', 'from=3'] } })
    succeed(open('guard_settle "no reason"'))
    assert.deepEqual(guard.events(), ['end'])
    assert.deepEqual(calls(), [])
  })

  it('gives the lock back', () => {
    writeGuard(copy, 'abc', { web: probe('confirmed') })
    assert.equal(
      succeed(open('lock_take abc ann deploy; guard_settle "no reason"; if lock_held; then echo held; fi')),
      '',
    )
  })
})

describe('recover', () => {
  it('settles guards that nobody minds any more, and leaves the one of its own deploy', () => {
    const left = everyState('abc')
    const own = everyState('own')
    succeed(copy.functions(`${PROBE}\nrecover own`))
    assert.deepEqual(left.events(), [
      ' recovering null',
      ...SETTLED.map((event) => event.replace('no reason', 'it was cut off, and nobody had confirmed it')),
      'end',
    ])
    assert.deepEqual(own.events(), [])
    assert.deepEqual(own.states('a-active'), ['active'])
  })

  it('keeps what has ended for those who may ask for it, an hour long', () => {
    const young = writeGuard(copy, 'young', { blog: probe('confirmed') }, { ended: '' })
    const old = writeGuard(copy, 'old', { api: probe('reverted'), web: probe('confirmed') }, { ended: '' })
    const twoHoursAgo = Date.now() / 1000 - 7200
    utimesSync(join(old.path, 'ended'), twoHoursAgo, twoHoursAgo)
    succeed(copy.functions(`${PROBE}\nrecover own`))
    assert.deepEqual([young.exists(), old.exists()], [true, false])
    assert.deepEqual(young.events(), [])
    assert.deepEqual(calls(), ['retire web to 4'])
  })

  it('clears what was cut off before it was whole, and leaves what somebody is still at', () => {
    const left = succeed(
      copy.functions(`
        mkdir -p "$INCOMING/booted" "$INCOMING/killed" "$INCOMING/arriving" "$INCOMING/own"
        (scratch killed)
        (scratch secret-1)
        (scratch arriving; : >"$RUN/one"; exec sleep 60) & one=$!
        (scratch secret-2; : >"$RUN/two"; exec sleep 60) & two=$!
        while [ ! -e "$RUN/one" ] || [ ! -e "$RUN/two" ]; do sleep 0.01; done
        scratch own
        recover own
        kill "$one" "$two"
        ls "$INCOMING" && ls -d "$RUN"/*/ | sed 's,.*/\\(.*\\)/,\\1,'`),
    )
    assert.equal(left, 'arriving\nown\narriving\nown\nsecret-2\n')
  })

  it('goes on where a record is being cleared away', () => {
    const half = writeGuard(copy, 'half', {})
    for (const name of ['settings', 'request']) rmSync(join(half.path, name))
    const left = writeGuard(copy, 'left', { web: probe('active') })
    succeed(copy.functions(`${PROBE}\nrecover own`))
    assert.deepEqual(left.states('web'), ['reverted'])
    assert.deepEqual(half.events(), [])
  })

  it('goes on where one is broken', () => {
    rmSync(join(writeGuard(copy, 'broken', {}).path, 'settings'))
    const left = writeGuard(copy, 'left', { web: probe('active') })
    assert.equal(copy.functions(`${PROBE}\nrecover own`).status, 0)
    assert.deepEqual(left.states('web'), ['reverted'])
  })

  it('does nothing where there are none', () => assert.equal(succeed(copy.functions('recover own')), ''))
})

describe('expire', () => {
  // A system that never ran and has no generation: nothing of this machine is touched to put it back.
  const record = [
    'kind=system',
    'to=/nix/store/x',
    'action=deploy',
    'mode=test',
    'user=root',
    'profile=/none',
  ]

  it('stops the activation and settles its guard', () => {
    const guard = writeGuard(copy, 'abc', { box: { state: 'active', record } })
    succeed(copy.verb(['expire', 'abc']))
    assert.deepEqual(guard.events(), [
      'box failed it was neither finished nor confirmed in time',
      'box reverted null',
      'end',
    ])
    assert.ok(copy.systemctl().includes('stop slipway-apply-abc.service'))
  })

  it('leaves what has ended', () => {
    const guard = writeGuard(copy, 'abc', { box: { state: 'active', record } }, { ended: '' })
    succeed(copy.verb(['expire', 'abc']))
    assert.deepEqual([guard.states('box'), guard.events(), copy.systemctl()], [['active'], [], []])
  })

  it('says so where there is nothing', () => assert.equal(copy.verb(['expire', 'abc']).status, 66))
})

describe('confirm', () => {
  const WAITING = { waiting: '' }

  /** Confirms over another connection than the one that deployed. */
  function confirm(input: string, connection = '192.0.2.1 50001 192.0.2.2 22'): Ended {
    return copy.verb(['confirm', 'abc'], { input, env: { SLIPWAY_CONNECTION: connection } })
  }

  it('confirms what is active, and nothing else', () => {
    const guard = everyState('abc', WAITING)
    assert.equal(succeed(confirm('n0nce\n')), 'reached\n')
    assert.deepEqual(guard.states('a-active'), ['confirmed'])
    assert.deepEqual(guard.states('a-armed'), ['armed'])
    assert.deepEqual(guard.states('a-reverting'), ['reverting'])
    assert.deepEqual(guard.events(), ['a-active confirmed null'])
  })

  it('waits for what is under way', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('armed') })
    const ends = `(sleep 0.1; item_move "$GUARD/items/web" armed active; : >"$GUARD/waiting") &`
    assert.equal(succeed(open(`${ends} echo n0nce | verb_confirm abc`)), 'reached\n')
    assert.deepEqual(guard.states('web'), ['confirmed'])
  })

  for (const [what, stays, status, problem] of [
    [
      'ends without waiting for it',
      ': >"$GUARD/ended"',
      1,
      'nothing waits for a confirmation any more: it was put back\n',
    ],
    ['is forgotten', 'guard_forget', 66, ''],
  ] as const) {
    it(`waits no longer for what ${what}`, () => {
      writeGuard(copy, 'abc', { web: probe('reverted') })
      const ended = open(`(sleep 0.1; ${stays}) & echo n0nce | verb_confirm abc`)
      assert.deepEqual([ended.status, ended.stdout, ended.stderr], [status, '', problem])
    })
  }

  for (const [what, input, connection, problem] of [
    ['with another nonce', 'guess\n', undefined, 'this is no confirmation of activation abc'],
    ['with an empty nonce', '\n', undefined, 'this is no confirmation of activation abc'],
    ['without a nonce', '', undefined, 'the deployer did not confirm'],
    [
      'over the connection that deployed',
      'n0nce\n',
      '192.0.2.1 50000 192.0.2.2 22',
      'a confirmation must come over a new connection',
    ],
  ] as const) {
    it(`is refused ${what}`, () => {
      const guard = writeGuard(copy, 'abc', { web: probe('active') }, WAITING)
      const { status, stderr } = confirm(input, connection)
      assert.deepEqual([status, stderr], [1, `${problem}\n`])
      assert.deepEqual([guard.states('web'), guard.events()], [['active'], []])
    })
  }

  it('is refused once the host was booted: that puts back what was left', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('active') }, { ...WAITING, boot: 'another\n' })
    const { status, stderr } = confirm('n0nce\n')
    assert.equal(status, 1)
    assert.match(stderr, /^the host was booted meanwhile/)
    assert.deepEqual(guard.states('web'), ['active'])
  })

  it('says so again to who did not hear it', () => {
    const guard = writeGuard(copy, 'abc', { web: probe('confirmed') }, WAITING)
    succeed(confirm('n0nce\n'))
    assert.deepEqual([guard.states('web'), guard.events()], [['confirmed'], []])
  })

  it('is refused once it was put back, without a word that other hosts may wait', () => {
    const items = { web: probe('reverted'), mail: probe('revert-failed') }
    writeGuard(copy, 'abc', items, { ...WAITING, ended: '' })
    const { status, stdout, stderr } = confirm('n0nce\n')
    assert.deepEqual(
      [status, stdout, stderr],
      [1, '', 'nothing waits for a confirmation any more: it was put back\n'],
    )
  })

  it('is refused for an activation that is gone', () => assert.equal(confirm('n0nce\n').status, 66))
})
