import * as z from 'zod'

export const packageSchema = z
  .union([
    z.string().min(1).describe('A flake installable such as `.#default` or `github:me/app#server`.'),
    z
      .strictObject({
        file: z.string().min(1).describe('A Nix file, relative to the config.'),
        attr: z.string().optional().describe('The attribute to build. Default: what the file evaluates to.'),
      })
      .meta({ id: 'NixFile' }),
  ])
  .describe('What Nix builds.')

/** Programs that run Python applications, by the names that nixpkgs has for them. */
const pythonServer = z.enum(['gunicorn', 'hypercorn', 'uvicorn', 'uwsgi'])

export const pythonSchema = z
  .strictObject({
    python: packageSchema.describe(
      'A Python package (`buildPythonPackage`, `buildPythonApplication`), or an environment that has the server already.',
    ),
    server: pythonServer.describe(
      'The program in `bin` that runs it, of the same nixpkgs and for the same Python.',
    ),
  })
  .meta({ id: 'PythonEnvironment' })
  .describe('An environment of Python that has a package, all it depends on, and a server for it.')
