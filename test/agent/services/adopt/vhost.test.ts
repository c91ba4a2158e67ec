import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf, parseNginx } from '../../../../src/agent/nginx/syntax.js'
import { handedOver } from '../../../../src/agent/services/adopt/vhost.js'

const TEXT = `server {
    listen 443 ssl;
    location /notes/ { proxy_pass http://127.0.0.1:3001/; }
    location /notes/ws { proxy_pass http://127.0.0.1:3001; }
    location / { root /var/www/blog; }
}
server {
    listen 80;
    location /notes/ { proxy_pass http://127.0.0.1:3001/; }
}
`
const FILE = '/etc/nginx/conf.d/a.conf'
const taken = (line: number, text: string) => ({ domain: 'a.example', file: FILE, line, text })

describe('a vhost that is handed over', () => {
  it('includes the routes once in each server, in the place of what led there', () => {
    const directives = [
      taken(3, 'location /notes/'),
      taken(4, 'location /notes/ws'),
      taken(9, 'location /notes/'),
    ]
    assert.equal(
      handedOver(TEXT, { directives }, FILE),
      `server {
    listen 443 ssl;
    include /var/lib/slipway/nginx/locations/a.example/*.conf;
    
    location / { root /var/www/blog; }
}
server {
    listen 80;
    include /var/lib/slipway/nginx/locations/a.example/*.conf;
}
`,
    )
  })

  it('is the same inside of http, and where a directive stands alone', () => {
    assert.equal(
      handedOver('http {\n server {\n  root /x;\n } }\n', { directives: [taken(3, 'root /x')] }, FILE),
      'http {\n server {\n  include /var/lib/slipway/nginx/locations/a.example/*.conf;\n } }\n',
    )
  })

  it('is refused where somebody has changed it', () => {
    for (const one of [taken(3, 'location /other/'), taken(2, 'location /notes/'), taken(99, 'root /x')]) {
      assert.throws(() => handedOver(TEXT, { directives: [one] }, FILE), /somebody has changed it/)
    }
    assert.throws(() => handedOver('server {', { directives: [taken(1, 'x')] }, FILE), /can't be read/)
  })

  it('gives way whole, as long as it is what was looked at', () => {
    const [first] = parseNginx(TEXT)
    assert.ok(first)
    const digest = digestOf(TEXT, first)
    const [, kept = ''] = TEXT.split('}\nserver')
    assert.equal(
      handedOver(TEXT, { directives: [], servers: [{ file: FILE, line: 1, digest }] }, FILE),
      `\nserver${kept}`,
    )
    const changed = TEXT.replace('443 ssl', '443 ssl http2')
    for (const [text, line] of [
      [changed, 1],
      [TEXT, 7],
    ] as const) {
      assert.throws(
        () => handedOver(text, { directives: [], servers: [{ file: FILE, line, digest }] }, FILE),
        /a.conf:\d is no longer `server` as it was looked at/,
      )
    }
  })
})
