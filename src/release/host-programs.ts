import type { HostProgram } from '../contract/report.js'
import type { Service } from '../contract/service.js'
import { tlsDomains } from './tls.js'

/** Where a program is not called as the package that has it: in Debian, and in nixpkgs. */
const PACKAGES: Readonly<Record<string, string>> = { ip: 'iproute2', nft: 'nftables', pasta: 'passt' }

/** The package that has a program. */
export function packageOf(program: string): string {
  return PACKAGES[program] ?? program
}

/** The programs that a host needs for services, each with what needs it. */
export function programsFor(services: readonly Service[]): Map<HostProgram, string> {
  const sources = [...tlsDomains(services).values()].map(({ from }) => from)
  const networks = services.some(
    (service) => service.kind === 'service' && service.listen?.mode === 'network',
  )
  const needed = (programs: readonly HostProgram[], by: string) =>
    programs.map((program) => [program, by] as const)
  return new Map([
    ...(sources.length > 0 ? needed(['openssl'], 'the certificates of https routes need') : []),
    ...(sources.includes('acme') ? needed(['lego'], 'the certificates of https routes need') : []),
    ...(networks ? needed(['ip', 'nft', 'pasta'], 'a network of its own needs') : []),
  ])
}
