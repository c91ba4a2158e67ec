import assert from 'node:assert/strict'
import { ExitCode, SlipwayError } from '../../src/errors.js'
import { resolveDeploy } from '../../src/systems/resolve-deploy.js'
import { parseDeployTarget } from '../../src/systems/target.js'

/** What evaluation gives of a profile with some settings. */
export function profile(fields: object = {}): object {
  return { hasPath: true, unknown: [], ...fields }
}

/** What evaluation gives of a node with some settings. */
export function node(fields: object = {}): object {
  return { hostname: 'host', unknown: [], profiles: { system: profile() }, ...fields }
}

/** What evaluation gives of a `deploy` output with some settings; everything is root's unless they say so. */
export function deploy(nodes: object, fields: object = {}): object {
  return { sshUser: 'root', unknown: [], nodeNames: Object.keys(nodes), nodes, ...fields }
}

/** What a target means. */
export function resolve(json: unknown, target = '.') {
  return resolveDeploy(json, parseDeployTarget(target))
}

/** The lines of the error that a `deploy` output is refused with. */
export function problems(json: unknown, target = '.'): string[] {
  try {
    resolve(json, target)
  } catch (error) {
    assert.ok(error instanceof SlipwayError, String(error))
    assert.equal(error.code, ExitCode.usage)
    return [error.parts.what, ...(error.parts.why ?? '').split('\n').map((line) => line.trim())]
  }
  assert.fail('it was accepted')
}
