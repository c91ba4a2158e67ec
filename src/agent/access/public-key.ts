import { createHash } from 'node:crypto'
import type { Agent } from '../agent.js'

/** One key of ssh, without options and comment: those in front of it would be rules of their own. See sshd(8). */
const SSH_KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]+={0,2}$/

/** Whether a text is `TYPE BASE64` of a key that the host's own ssh can read. */
export async function isPublicKey(agent: Agent, text: string): Promise<boolean> {
  if (!SSH_KEY.test(text)) return false
  const { code } = await agent.run(['ssh-keygen', '-l', '-f', '-'], { input: `${text}\n` })
  return code === 0
}

/** The fingerprint of a key `TYPE BASE64`, as ssh-keygen(1) shows it. */
export function fingerprint(key: string): string {
  const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}
