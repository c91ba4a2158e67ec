import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { execa } from 'execa'
import { ExitCode } from '../../src/errors.js'
import { connectionError } from '../../src/remote/ssh-errors.js'

const CHANGED = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:lYIAUkGx9vBzB1q5S0Qm1Pr0Xx2CrP7LIQYrYgEPQ0w.
Please contact your system administrator.
Add correct host key in /root/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /root/.ssh/known_hosts:1
Host key for [10.98.0.2]:22 has changed and you have requested strict checking.
Host key verification failed.
`

/** What ssh of OpenSSH 9.2 prints, and what it means for the host `nixie`. */
const CASES: [string, string, string][] = [
  [
    'an unknown name',
    'ssh: Could not resolve hostname nixie.invalid: Name or service not known\n',
    'there is no host nixie',
  ],
  [
    'a closed port',
    'ssh: connect to host 127.0.0.1 port 1: Connection refused\n',
    'nixie refuses ssh connections',
  ],
  [
    'an address where nobody answers',
    'ssh: connect to host 10.255.255.1 port 22: Connection timed out\n',
    "nixie can't be reached",
  ],
  [
    'a host that is slow to greet',
    'Connection timed out during banner exchange\nConnection to 10.255.255.1 port 22 timed out\n',
    "nixie can't be reached",
  ],
  [
    'an address without a way to it',
    'ssh: connect to host 10.255.255.1 port 22: No route to host\n',
    "nixie can't be reached",
  ],
  [
    'a network that is down',
    'ssh: connect to host 2001:db8::1 port 22: Network is unreachable\n',
    "nixie can't be reached",
  ],
  [
    'keys that are not accepted',
    "Warning: Permanently added '10.98.0.2' (ED25519) to the list of known hosts.\nroot@10.98.0.2: Permission denied (publickey,password).\n",
    'nixie accepts none of your keys',
  ],
  [
    'too many keys',
    'Received disconnect from 10.98.0.2 port 22:2: Too many authentication failures\nDisconnected from 10.98.0.2 port 22\n',
    "nixie ended the login before the right key's turn",
  ],
  [
    'a new host key',
    'No ED25519 host key is known for 10.98.0.2 and you have requested strict checking.\nHost key verification failed.\n',
    'the host key of nixie is not known',
  ],
  ['another host key', CHANGED, 'nixie shows another host key than the one known'],
  [
    'a file that may not be read, which is no key that was refused',
    'Bad owner or permissions: /home/ann/.ssh/config: Permission denied\n',
    'no ssh connection to nixie',
  ],
  [
    'something else',
    'kex_exchange_identification: Connection closed by remote host\n',
    'no ssh connection to nixie',
  ],
]

describe('connectionError', () => {
  for (const [cause, stderr, what] of CASES) {
    it(`knows ${cause}`, () =>
      assert.equal(connectionError('nixie', 'root@10.98.0.2', stderr).parts.what, what))
  }

  it('shows what ssh said, what it means and what to do', () => {
    const error = connectionError('nixie', 'ann@nixie', 'ann@nixie: Permission denied (publickey).\n')
    assert.equal(error.code, ExitCode.failed)
    assert.deepEqual(error.parts, {
      what: 'nixie accepts none of your keys',
      why: 'ann@nixie: Permission denied (publickey).',
      still: 'Nothing was changed there.',
      next: 'Add your public key on the host (ssh-copy-id ann@nixie), or load it with ssh-add.',
    })
  })

  it('names the way out where there are more keys than tries: more of them would not help', () => {
    const { next } = connectionError(
      'nixie',
      'nixie',
      'Received disconnect: Too many authentication failures',
    ).parts
    assert.match(next ?? '', /IdentitiesOnly yes/)
    assert.doesNotMatch(next ?? '', /ssh-add|ssh-copy-id/)
  })

  it('names the host whose key changed', () => {
    assert.equal(
      connectionError('nixie', 'root@10.98.0.2', CHANGED).parts.next,
      'If the server was reinstalled, remove the old key with ssh-keygen -R 10.98.0.2; otherwise do not connect: somebody may be in between.',
    )
  })

  it('shows the last lines only', () => {
    assert.equal(
      connectionError('nixie', 'nixie', CHANGED).parts.why,
      `Offending ED25519 key in /root/.ssh/known_hosts:1
Host key for [10.98.0.2]:22 has changed and you have requested strict checking.
Host key verification failed.`,
    )
  })

  it('says so where ssh said nothing', () => {
    const { why, next } = connectionError('nixie', 'ann@nixie', '\n').parts
    assert.equal(why, 'ssh ended without a message.')
    assert.equal(next, 'Try it by hand: ssh ann@nixie true')
  })

  // What ssh prints on this machine; both end without leaving it.
  for (const [args, what] of [
    [['-p', '1', '127.0.0.1'], 'nixie refuses ssh connections'],
    [['nixie.invalid'], 'there is no host nixie'],
  ] as const) {
    it(`understands ssh ${args.join(' ')}`, async () => {
      const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', '-F', 'none']
      const { stderr } = await execa('ssh', [...options, ...args, 'true'], { reject: false, stdin: 'ignore' })
      assert.equal(connectionError('nixie', 'nixie', stderr).parts.what, what, stderr)
    })
  }
})
