import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withIncludes } from '../../../../src/agent/services/adopt/vhost.js'

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
      withIncludes(TEXT, directives, FILE),
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
      withIncludes('http {\n server {\n  root /x;\n } }\n', [taken(3, 'root /x')], FILE),
      'http {\n server {\n  include /var/lib/slipway/nginx/locations/a.example/*.conf;\n } }\n',
    )
  })

  it('is refused where somebody has changed it', () => {
    for (const one of [taken(3, 'location /other/'), taken(2, 'location /notes/'), taken(99, 'root /x')]) {
      assert.throws(() => withIncludes(TEXT, [one], FILE), /somebody has changed it/)
    }
    assert.throws(() => withIncludes('server {', [taken(1, 'x')], FILE), /can't be read/)
  })
})
