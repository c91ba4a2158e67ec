import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Says what `slipway deploy --json-stream` says, and changes nothing: `deploy-nothing.mjs LOG …`. */
const log = process.argv[2]
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const note = (what) => appendFileSync(log, `${what} ${commit}\n`)
const outcome = (result) => ({ name: 'forum', host: 'web', result, release: 1, serving: 1, reason: null })
const end = (result) => {
  say({ type: 'result', result: { outcomes: [outcome(result)], failures: [] } })
  process.exit()
}

let touched = false
process.on('SIGINT', () => {
  if (touched) return
  note('stopped')
  say({ type: 'error', what: 'stopped on request' })
  process.exit(130)
})
note('begun')
say({ type: 'build', event: {} })
await sleep(150)
const served = readFileSync(log, 'utf8')
  .trim()
  .split('\n')
  .findLast((line) => line.startsWith('confirmed '))
if (served === `confirmed ${commit}`) {
  note('unchanged')
  end('unchanged')
}
touched = true
say({ type: 'host', host: 'web', event: { item: 'forum', step: 'starting', detail: null } })
await sleep(150)
note('confirmed')
end('deployed')
