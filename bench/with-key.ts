import assert from 'node:assert/strict'
import { join } from 'node:path'
import { labHost } from '../test/lab/host.js'
import { keyHost } from '../test/lab/key-host.js'
import { type Ended, fields } from '../test/lab/project.js'
import { newMessage } from './changes.js'
import type { Cleanup } from './cleanup.js'
import type { Variant } from './measure.js'
import { HOST_NAMES } from './stage.js'

/** The same service deployed to the same host, with a key for it, for which the host builds, and as root. */
export async function keyVariants({ later }: Cleanup): Promise<{ withKey: Variant; asRoot: Variant }> {
  const key = await keyHost(await labHost(`${HOST_NAMES}${process.pid}-key`, later), later)
  const { app, host, folder } = key
  ended(await app.slipway('setup', 'web', '--deploy-user'))
  ended(await app.slipway('keys', 'add', 'web', join(folder, 'ci.pub'), '--service', 'app'))
  const variant = (deploy: () => Promise<Ended>): Variant => {
    let message = ''
    return {
      before: async () => {
        message = newMessage()
        await app.write('message', `${message}\n`)
      },
      run: async () => ended(await deploy()),
      after: async () => {
        assert.equal(fields((await host.get('app.example.test', '/')).body).message, message)
      },
    }
  }
  return {
    withKey: variant(() => key.ci('deploy', 'app')),
    asRoot: variant(() => app.slipway('deploy', 'app')),
  }
}

function ended({ code, text }: Ended): void {
  assert.equal(code, 0, text)
}
