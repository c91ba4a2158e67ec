import assert from 'node:assert/strict'
import { it, describe as suite } from 'node:test'
import { execa } from 'execa'
import { slipway } from '../../../src/cli/app.js'
import { command } from '../../../src/cli/command.js'
import { describe } from '../../../src/cli/describe.js'
import { argument, textFlag, yesNoFlag } from '../../../src/cli/flags.js'
import { bash, fish, zsh } from '../../../src/cli/shell/index.js'
import { manPage } from '../../../src/cli/shell/man.js'

/** What bash offers for the last of these words. */
async function offers(...words: string[]): Promise<string[]> {
  const script = `${bash(describe(slipway))}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slipway; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await execa('bash', ['-c', script, 'bash', 'slipway', ...words])
  return stdout.split('\n').filter(Boolean)
}

suite('completions for bash', () => {
  it('offer commands', async () =>
    assert.deepEqual(await offers('re'), ['releases', 'restart', 'remove', 'rename', 'rehearse']))
  it('offer what is under a command', async () =>
    assert.deepEqual(await offers('keys', ''), ['add', 'list', 'remove']))
  it("offer a command's flags, whatever stands between", async () =>
    assert.deepEqual(await offers('deploy', 'forum', '--all'), ['--all-or-nothing']))
  it('offer what chooses an environment, where there is a config', async () =>
    assert.deepEqual(
      [await offers('plan', '--en'), await offers('module', '--en'), await offers('rehearse', 'up', '--en')],
      [['--env'], ['--env'], []],
    ))
  it("offer a flag's values", async () =>
    assert.deepEqual(await offers('deploy', '--build', ''), ['local', 'host']))
  it('offer nothing for what is not there', async () => assert.deepEqual(await offers('deploy', '--xyz'), []))
})

const SMALL = describe({
  brief: 'Does things',
  commands: {
    go: command({
      brief: "Go: it's fast",
      args: [argument('PLACE', 'Where to')],
      flags: {
        by: { kind: 'enum', values: ['foot', 'bike'], brief: 'How', optional: true },
        tell: yesNoFlag('Tell'),
      },
      aliases: { b: 'by' },
      run: async () => undefined,
    }),
    more: {
      brief: 'More',
      commands: {
        set: command({ brief: 'Set', flags: { to: textFlag('To', 'X') }, run: async () => undefined }),
      },
    },
  },
})

suite('completions for fish', () => {
  it('have a line for each word', () => {
    const lines = fish(SMALL).split('\n')
    assert.ok(lines.includes("set -g __slipway_commands 'go' 'more' 'more set'"))
    assert.ok(lines.includes("complete -c slipway -n '__slipway_at \\'\\'' -f -a 'go' -d 'Go: it\\'s fast'"))
    assert.ok(
      lines.includes(
        "complete -c slipway -n '__slipway_at \\'go\\'' -l by -s b -r -f -a 'foot bike' -d 'How'",
      ),
    )
    assert.ok(lines.includes("complete -c slipway -n '__slipway_at \\'more set\\'' -l to -r -d 'To'"))
  })
})

suite('completions for zsh', () => {
  it('have a case for each command', () => {
    const text = zsh(SMALL)
    assert.ok(text.startsWith('#compdef slipway\n'))
    assert.match(text, /'go' \| 'more' \| 'more set'\) at=/)
    assert.match(text, /'go --by'\) found=\('foot' 'bike'\) ;;/)
    assert.match(text, /'go:Go: it'/)
    assert.match(text, /'--no-tell:Not --tell'/)
  })
})

suite('the manual page', () => {
  it('has each command with its flags', () => {
    const text = manPage(SMALL, '1.2.3')
    assert.match(text, /^\.TH SLIPWAY 1 "" "slipway 1\.2\.3"$/m)
    assert.match(text, /^\.SS slipway go \\fIPLACE\\fR\nGo: it's fast\.$/m)
    assert.match(text, /^\\fB\\-b\\fR, \\fB\\-\\-by\\fR \\fIfoot\|bike\\fR$/m)
    assert.match(text, /^\.SS slipway more set$/m)
  })
})
