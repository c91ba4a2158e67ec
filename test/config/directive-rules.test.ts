import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problems, resolved, withService } from './samples.js'

describe('directives of units that there are not', () => {
  it('belong to a timer', () => {
    const unit = { RandomizedDelaySec: '1h' }
    assert.deepEqual(problems(withService({ unit, processes: { mail: { run: 'mail', unit } } })), [
      "services.web.unit.RandomizedDelaySec: is a directive of systemd's [Timer], and there is no timer unit here; put it into one of `timers`",
      "services.web.processes.mail.unit.RandomizedDelaySec: is a directive of systemd's [Timer], and there is no timer unit here; put it into one of `timers`",
    ])
    assert.ok(resolved(withService({ timers: { clean: { run: 'clean', calendar: 'daily', unit } } })))
  })

  it('belong to a socket', () => {
    const unit = { Backlog: 100 }
    assert.deepEqual(problems(withService({ listen: 'port', unit })), [
      "services.web.unit.Backlog: is a directive of systemd's [Socket], and there is no socket unit here; listen: 'socket' has one",
    ])
    assert.ok(resolved(withService({ listen: 'socket', unit })))
  })
})
