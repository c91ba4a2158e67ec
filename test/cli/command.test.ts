import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { run } from '@stricli/core'
import { slipway } from '../../src/cli/app.js'
import { isVerbose } from '../../src/cli/cli.js'
import { type Command, type Commands, command } from '../../src/cli/command.js'
import {
  argument,
  optionalArgument,
  sharedFlags,
  switchFlag,
  textFlag,
  textsFlag,
} from '../../src/cli/flags.js'
import { createApp } from '../../src/cli/stricli.js'

/** What a command is handed for a command line. */
async function handed(words: string[], more: Partial<Command> = {}): Promise<unknown> {
  let got: unknown
  const probe = command({
    brief: 'probes',
    args: [argument('ONE', 'one'), optionalArgument('TWO', 'two')],
    flags: { on: switchFlag('on'), name: textFlag('name', 'NAME'), many: textsFlag('many', 'MANY') },
    aliases: { n: 'name' },
    run: async (_cli, flags, one, two) => {
      got = { flags, one, two }
    },
  })
  const app = createApp({ brief: 'tests', commands: { probe: { ...probe, ...more } } }, '1.0.0')
  const exitCode = process.exitCode
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text), getColorDepth: () => 1 }
  await run(app, ['probe', ...words], {
    process: { stdout: stream, stderr: stream, env: {}, exitCode: 0 } as never,
  })
  process.exitCode = exitCode
  return got ?? written.join('')
}

describe('a command', () => {
  it('is handed its flags and arguments', async () => {
    assert.deepEqual(await handed(['--on', '-n', 'x', '--many', 'a', '--many', 'b', 'first']), {
      flags: { on: true, name: 'x', many: ['a', 'b'] },
      one: 'first',
      two: undefined,
    })
  })

  it('is not handed what is for all commands', async () => {
    const { flags } = (await handed(['--verbose', 'first', 'second'])) as { flags: object }
    assert.ok(!('verbose' in flags))
  })

  it('is not run for a flag that it does not have', async () => {
    assert.match(String(await handed(['--offside', 'first'])), /there is no flag --offside here/)
  })

  it('has the flag that is probably meant named', async () => {
    const flags = { allOrNothing: switchFlag('all') }
    assert.match(
      String(await handed(['--al-or-nothing'], { flags, args: [], aliases: {} })),
      /Did you mean --all-or-nothing\?/,
    )
  })

  it('has the same letters everywhere', async () => {
    const flags = { yes: switchFlag('yes') }
    const { flags: given } = (await handed(['-y', '-q', '-v', 'first'], { flags, aliases: {} })) as {
      flags: object
    }
    assert.deepEqual(given, { yes: true })
  })

  it('prints its error in our words', async () => {
    const written: string[] = []
    const { write } = process.stderr
    process.stderr.write = ((text: string) => written.push(text)) as never
    try {
      await handed(['first'], {
        run: async () => {
          throw new TypeError('a defect')
        },
      })
    } finally {
      process.stderr.write = write
    }
    assert.match(written.join(''), /This is a defect in slipway.*\nTypeError: a defect/)
  })
})

describe('isVerbose', () => {
  it('goes by the flag, then by the variable', () => {
    assert.equal(isVerbose({}, {}), false)
    assert.equal(isVerbose({}, { SLIPWAY_DEBUG: '0' }), false)
    assert.equal(isVerbose({}, { SLIPWAY_DEBUG: '1' }), true)
    assert.equal(isVerbose({ verbose: true }, {}), true)
  })
})

describe('the commands of slipway', () => {
  const all: [string, Command][] = []
  const walk = (commands: Commands, path: string[]) => {
    for (const [name, target] of Object.entries(commands)) {
      if ('commands' in target) walk(target.commands, [...path, name])
      else all.push([[...path, name].join(' '), target])
    }
  }
  walk(slipway.commands, [])

  for (const [name, { brief, flags, aliases }] of all) {
    it(`${name} says what it is, and has no flag that all have`, () => {
      assert.match(brief, /^[A-Z].*[^.]$/)
      for (const flag of Object.keys(sharedFlags)) assert.ok(!(flag in flags))
      for (const flag of Object.values(aliases)) assert.ok(flag in flags)
    })
  }
})
