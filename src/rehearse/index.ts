export { down, exists, list, powerOff, type RehearsalHost, type UpOptions, up } from './hosts.js'
export type { ImageKind } from './record.js'
export { missingPackages } from './requirements.js'
export { type SshTarget, sshTarget } from './ssh.js'
