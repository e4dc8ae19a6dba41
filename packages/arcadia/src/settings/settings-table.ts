import { z } from 'zod'
import { Secret } from './secret.ts'

/** What people are told of a setting. */
type Notes = Readonly<{
  variable: string
  description: string
  /** Ends the sentence "it must be …". */
  allowed: string
  /** As text, the way one would write it; absent where unset has a meaning of its own. */
  default?: string
  /** Never shown, and without a flag: any user of the machine can read the flags of a process. */
  isSecret?: true
}>

const notes = z.registry<Notes>()

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((value) => value <= 65_535)

const secret = (pattern: RegExp) =>
  z
    .string()
    .regex(pattern)
    .transform((value) => new Secret(value))
    .optional()

const visible = /^[\x21-\x7e]+$/
const visibleAllowed = 'visible ASCII characters without blanks'

/** Whether the text is a URL of one of these protocols, with no password for a log to show. */
function isUrl(text: string, protocols: readonly string[]): boolean {
  const url = URL.parse(text)
  return url !== null && protocols.includes(url.protocol) && url.password === ''
}

/** All settings: how each is read, and what is said of it. Everything else derives from here. */
export const settingsSchema = z.object({
  port: port.register(notes, {
    variable: 'PORT',
    description: 'Port of the HTTP API.',
    allowed: 'a whole number from 0 to 65535 (0: any free port)',
    default: '4000',
  }),
  host: z
    .string()
    .regex(/^[\w.:%-]+$/)
    .register(notes, {
      variable: 'HOST',
      description: 'Address to listen on; 0.0.0.0 or :: for all.',
      allowed: 'an IP address or a host name',
      default: '127.0.0.1',
    }),
  dataDir: z
    .string()
    .regex(/^[^\0]+$/)
    .register(notes, {
      variable: 'DATA_DIR',
      description: 'Folder of the embedded database and the admin token; made when missing.',
      allowed: 'the path of a folder',
      default: '.arcadia',
    }),
  databaseUrl: secret(/^postgres(ql)?:\/\/\S+$/).register(notes, {
    variable: 'DATABASE_URL',
    description: 'PostgreSQL 15 or newer to use; without it, the embedded one in the data folder.',
    allowed: 'a URL such as postgres://user:password@host:5432/database',
    isSecret: true,
  }),
  adminToken: secret(/^[\x21-\x7e]{16,}$/).register(notes, {
    variable: 'ARCADIA_ADMIN_TOKEN',
    description: 'Token of the first administrator; without it, one is made in the data folder.',
    allowed: `at least 16 ${visibleAllowed}`,
    isSecret: true,
  }),
  digitaloceanToken: secret(visible).register(notes, {
    variable: 'DIGITALOCEAN_TOKEN',
    description: 'One DigitalOcean token, for reading and for changes.',
    allowed: visibleAllowed,
    isSecret: true,
  }),
  digitaloceanReadToken: secret(visible).register(notes, {
    variable: 'DIGITALOCEAN_READ_TOKEN',
    description: 'Instead: a token for reading; alone, nothing can be changed.',
    allowed: visibleAllowed,
    isSecret: true,
  }),
  digitaloceanProvisioningToken: secret(visible).register(notes, {
    variable: 'DIGITALOCEAN_PROVISIONING_TOKEN',
    description: 'Beside the token for reading: one for changes.',
    allowed: visibleAllowed,
    isSecret: true,
  }),
  digitaloceanApiUrl: z
    .string()
    .refine((value) => isUrl(value, ['https:', 'http:']))
    .transform((value) => value.replace(/\/+$/, ''))
    .register(notes, {
      variable: 'DIGITALOCEAN_API_URL',
      description: 'Where the DigitalOcean API is; the address of a simulator, for instance.',
      allowed: 'an http or https URL without a password',
      default: 'https://api.digitalocean.com',
    }),
  simulatorPort: port.clone().register(notes, {
    variable: 'SIMULATOR_PORT',
    description: 'Port of the DigitalOcean simulator.',
    allowed: 'a whole number from 0 to 65535 (0: any free port)',
    default: '4010',
  }),
  simulatorSpeed: z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .refine((value) => value > 0 && Number.isFinite(value))
    .register(notes, {
      variable: 'SIMULATOR_SPEED',
      description: 'How many times faster than the clock simulated time passes.',
      allowed: 'a number greater than 0',
      default: '60',
    }),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).register(notes, {
    variable: 'LOG_LEVEL',
    description: 'The least severe messages that are logged.',
    allowed: 'fatal, error, warn, info, debug, trace or silent',
    default: 'info',
  }),
})

/** One setting, as the command line and the README show it. */
export type SettingRow = Readonly<{
  key: string
  variable: string
  /** E.g. `--data-dir`; undefined for secrets. */
  flag: string | undefined
  default: string | undefined
  description: string
  allowed: string
  isSecret: boolean
}>

/** The table of settings, in the order people are shown it. */
export const settingsTable: readonly SettingRow[] = Object.entries(settingsSchema.shape).map(
  ([key, schema]) => {
    const noted = notes.get(schema)
    if (noted === undefined) throw new Error(`the setting ${key} has no notes`)
    const { variable, description, allowed, isSecret = false } = noted
    const flag = isSecret ? undefined : `--${variable.toLowerCase().replaceAll('_', '-')}`
    return { key, variable, flag, default: noted.default, description, allowed, isSecret }
  },
)
