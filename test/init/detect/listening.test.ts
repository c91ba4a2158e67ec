import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { environmentReads } from '../../../src/init/detect/environment.js'
import { findListening, type ListenHints } from '../../../src/init/detect/listening.js'
import { source } from './samples.js'

const HINTS: ListenHints = { ports: [/listen\("[\d.]*:(?<port>\d+)"\)/], sockets: [/take_socket/] }

function listening(raw: string, hints: ListenHints = HINTS) {
  const sources = [source(raw)]
  return findListening(sources, environmentReads(sources), hints)
}

describe('findListening', () => {
  it('follows $PORT before anything else', () => {
    const found = listening('listen("127.0.0.1:80")\ngetenv("PORT", "8080")\ngetenv("API_PORT", "1")')
    assert.deepEqual(found, {
      value: { listen: 'port', env: {}, why: 'reads $PORT' },
      at: { file: 'main', line: 2 },
    })
  })

  it('sets another variable to the port it has by default', () => {
    assert.deepEqual(listening('getenv("API_PORT", "4000")')?.value, {
      listen: { port: 4000 },
      env: { API_PORT: '4000' },
      why: 'reads $API_PORT',
    })
    assert.deepEqual(listening('listen("0.0.0.0:81")\ngetenv("API_PORT")')?.value.env, { API_PORT: '81' })
    assert.deepEqual(listening('getenv("API_PORT")')?.value.env, { API_PORT: '3000' })
  })

  it('sets an address to loopback', () => {
    assert.deepEqual(listening('getenv("LISTEN_ADDR", ":8080")')?.value.env, {
      LISTEN_ADDR: '127.0.0.1:8080',
    })
    assert.deepEqual(listening('getenv("PORT", ":8080")')?.value, {
      listen: { port: 8080 },
      env: { PORT: '127.0.0.1:8080' },
      why: 'reads $PORT',
    })
  })

  it('takes ports of others for what they are', () => {
    assert.equal(listening('getenv("DB_PORT", "5432")\ngetenv("SMTP_PORT", "25")'), undefined)
  })

  it('takes sockets and paths that slipway passes', () => {
    assert.equal(listening('take_socket()\ngetenv("PORT")')?.value.listen, 'socket')
    assert.equal(listening('getenv("LISTEN_PATH")\ngetenv("PORT")')?.value.listen, 'unix')
  })

  it('takes a port in the source, whichever address it is on', () => {
    for (const address of ['0.0.0.0', '127.0.0.1']) {
      assert.deepEqual(listening(`listen("${address}:81")`)?.value, {
        listen: { port: 81 },
        env: {},
        why: 'hard-coded',
      })
    }
    assert.equal(listening('listen("127.0.0.1:70000")'), undefined)
  })

  it("takes a framework's default last", () => {
    const at = { file: 'Cargo.toml', line: 3 }
    const framework = { why: "Rocket's default", listen: { port: 8000 }, at }
    assert.deepEqual(listening('', { ports: [], framework }), {
      value: { listen: { port: 8000 }, env: {}, why: "Rocket's default" },
      at,
    })
    assert.equal(listening('getenv("PORT")', { ports: [], framework })?.value.listen, 'port')
  })
})
