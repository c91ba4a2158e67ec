import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { PACKAGE_ROOT } from '../../src/package-root.js'
import { CONNECTION_MAP, SITE_MAPS } from '../../src/release/nginx-maps.js'

it('the maps of a NixOS module are those of a host', () => {
  const host = readFileSync(join(PACKAGE_ROOT, 'host/nginx.sh'), 'utf8')
    .replaceAll('\\$', '$')
    .replace(/^#.*\n/gm, '')
  for (const maps of [CONNECTION_MAP, SITE_MAPS]) assert.ok(host.includes(`${maps}\n`), maps)
})
