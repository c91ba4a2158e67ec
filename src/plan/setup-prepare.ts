import type { BootstrapFacts } from '../contract/bootstrap.js'
import { OWN_UNITS, SETUP_CHANGE, SETUP_MANUAL } from '../contract/setup.js'
import type { SetupNote } from '../contract/verbs.js'
import { packageOf } from '../release/host-programs.js'
import type { SetupWanted } from './setup.js'

/** What the agent's `prepare` will do on a host where no agent can be asked yet. */
export function prepareNotes(facts: BootstrapFacts, wanted: SetupWanted): SetupNote[] {
  const notes: SetupNote[] = []
  const change = (text: string) => notes.push({ kind: 'change', text })
  const manual = (text: string) => notes.push({ kind: 'manual', text })
  if (!facts.nixos && !facts.nixFeatures.split(' ').includes('flakes')) change(SETUP_CHANGE.flakes)
  if (!facts.prepared) change(SETUP_CHANGE.directories)
  if (facts.nixos) {
    const has = wanted.programs.every((program) => program in facts.programs)
    if (!facts.nginx.includes || !facts.unitPath.includes(OWN_UNITS) || !has) {
      manual(SETUP_MANUAL.nixos(wanted.programs.map(packageOf)))
    }
  } else {
    if (!facts.nginx.includes) {
      if (facts.nginx.confD) manual(SETUP_MANUAL.nginxInclude)
      else change(SETUP_CHANGE.nginxInclude)
    }
    if (!facts.nginx.enabled) change(SETUP_CHANGE.nginxStart)
  }
  if (facts.legacy.installed) change(SETUP_CHANGE.legacy)
  const user = wanted.deployUser ?? facts.deployUser
  if (user === null) return notes
  change(SETUP_CHANGE.userGate(user))
  if (facts.nixos) {
    if (!facts.askedUser) manual(SETUP_MANUAL.nixosUser(user))
    return notes
  }
  if (!facts.askedUser) {
    change(SETUP_CHANGE.user(user))
    if (facts.nixUsers) change(SETUP_CHANGE.userNix(user))
  }
  if (!('visudo' in facts.programs)) manual(SETUP_MANUAL.sudo(user))
  else if (facts.deployUser === null) change(SETUP_CHANGE.userSudo(user))
  return notes
}
