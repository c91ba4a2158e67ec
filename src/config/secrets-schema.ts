import * as z from 'zod'

/** A secret's name is that of a variable, of a credential and of a folder on the host. */
const secretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a name of letters, digits and _, as variables have')

const programText = z.string().regex(/\S/, 'expected a program')
const programWords = z.array(z.string()).refine(([program]) => program, 'expected a program first')

const secretSchema = z
  .strictObject({
    from: z
      .union([
        z.enum(['file', 'host']),
        z
          .strictObject({
            env: secretName.describe("A variable of the deployer's environment: for CI."),
          })
          .meta({ id: 'SecretFromEnv' }),
        z
          .strictObject({
            command: z
              .union([programText, programWords])
              .describe(
                'A program on the deploying machine that prints the value, and its arguments: words separated by spaces, or an array. For example `op read op://vault/forum/database`.',
              ),
          })
          .meta({ id: 'SecretFromCommand' }),
      ])
      .optional()
      .describe(
        'Where the value comes from. `file`: the encrypted file. `host`: the host alone has it, put there by `slipway secrets set NAME --host HOST --service SERVICE`. Default: `file`.',
      ),
    as: z
      .enum(['env', 'file', 'nginx'])
      .optional()
      .describe(
        'How the program gets it. `env`: as a variable of that name, and as a file. `file`: only as `$CREDENTIALS_DIRECTORY/NAME`. `nginx`: not at all; lines `USER:PASSWORD` that `http.basicAuth` names. Default: `env`.',
      ),
  })
  .meta({ id: 'Secret' })

/** What a service must get and nobody else may see. */
export const serviceSecretsSchema = z.union([z.array(secretName), z.record(secretName, secretSchema)])

/** The encrypted file. */
export const secretsSchema = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The file, relative to the config; it belongs in the repository. Default: `secrets.age`, of an environment `secrets.ENVIRONMENT.age`.',
      ),
    recipients: z
      .record(
        z.string(),
        z.string().regex(/^age1[a-z0-9]+$/, 'expected the public half of an age key: "age1…"'),
      )
      .describe('Who can read it: the public halves of age keys, by a name of your choosing. People, CI.'),
  })
  .meta({ id: 'Secrets' })
