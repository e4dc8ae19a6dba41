import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, type ListOptions, wholeShape } from './collection.ts'
import {
  backupSchema,
  type Database,
  type DatabaseBackup,
  type DatabaseCreate,
  type DatabaseEngineOptions,
  type DatabaseFirewallRule,
  type DatabaseMaintenance,
  type DatabaseResize,
  type DatabaseRule,
  databaseSchema,
  engineOptionsSchema,
  ruleSchema,
} from './database.ts'

export interface DatabaseListOptions extends ListOptions {
  readonly tagName?: string | undefined
}

/**
 * Database clusters. Those that are not `online` refuse most changes, with `Refused` and status
 * 412: poll {@link DatabasesResource.get}.
 */
export interface DatabasesResource extends Collection<Database, DatabaseListOptions> {
  /** What each engine can be had as, by its slug. */
  options(options?: CallOptions): Promise<Record<string, DatabaseEngineOptions>>
  get(id: string, options?: CallOptions): Promise<Database>
  /** Takes minutes. Names are unique: `Unprocessable` when one is taken, by this very call too. */
  create(input: DatabaseCreate, options?: CallOptions): Promise<Database>
  /** With all that is in it. */
  delete(id: string, options?: CallOptions): Promise<void>
  /** Takes minutes. Storage grows only. */
  resize(id: string, to: DatabaseResize, options?: CallOptions): Promise<void>
  /** To another region, by its slug. Takes minutes. */
  migrate(id: string, to: { readonly region: string }, options?: CallOptions): Promise<void>
  /** To a newer version of the engine. There is no way back. */
  upgrade(id: string, to: { readonly version: string }, options?: CallOptions): Promise<void>
  setMaintenance(id: string, to: DatabaseMaintenance, options?: CallOptions): Promise<void>
  /** Who may connect; everybody, while there are none. */
  firewall(id: string, options?: CallOptions): Promise<DatabaseRule[]>
  /** Replaces all rules. */
  setFirewall(
    id: string,
    rules: readonly DatabaseFirewallRule[],
    options?: CallOptions,
  ): Promise<void>
  backups(id: string, options?: CallOptions): Promise<DatabaseBackup[]>
  /** The certificate that a client is to trust, as PEM in base64. */
  authority(id: string, options?: CallOptions): Promise<string>
}

const oneAnswer = z.looseObject({ database: databaseSchema })
const optionsAnswer = z.looseObject({ options: z.record(z.string(), engineOptionsSchema) })
const rulesAnswer = z.looseObject({ rules: z.array(ruleSchema).nullish() })
const backupsAnswer = z.looseObject({ backups: z.array(backupSchema).nullish() })
const authorityAnswer = z.looseObject({ ca: z.looseObject({ certificate: z.string() }) })

export function databasesResource(caller: Caller): DatabasesResource {
  const databases = collection(caller, {
    operation: 'databases.list',
    path: ['databases'],
    schema: z.looseObject({ databases: z.array(databaseSchema).nullish(), ...wholeShape }),
    items: (answer) => answer.databases ?? [],
    filters: ({ tagName }: DatabaseListOptions) => ({ tag_name: tagName }),
  })
  const put = async (
    method: 'resize' | 'migrate' | 'upgrade' | 'maintenance' | 'firewall',
    id: string,
    body: object,
    { signal }: CallOptions = {},
  ) => {
    const path = pathOf('databases', id, method)
    await caller.command({ operation: `databases.${method}`, method: 'PUT', path, body, signal })
  }
  const reading = (operation: string, { signal }: CallOptions = {}, ...path: string[]) => ({
    operation: `databases.${operation}`,
    path: pathOf('databases', ...path),
    signal,
  })
  return {
    ...databases,
    options: async (options) => {
      const call = reading('options', options, 'options')
      return (await caller.read({ ...call, schema: optionsAnswer })).value.options
    },
    get: async (id, options) => {
      const call = reading('get', options, id)
      return (await caller.read({ ...call, schema: oneAnswer })).value.database
    },
    create: async (input, { signal } = {}) => {
      const call = { operation: 'databases.create', path: pathOf('databases'), signal }
      const write = { ...call, method: 'POST', body: input, schema: oneAnswer } as const
      return (await caller.write(write)).database
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'databases.delete', path: pathOf('databases', id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    resize: (id, to, options) => put('resize', id, to, options),
    migrate: (id, to, options) => put('migrate', id, to, options),
    upgrade: (id, to, options) => put('upgrade', id, to, options),
    setMaintenance: (id, to, options) => put('maintenance', id, to, options),
    setFirewall: (id, rules, options) => put('firewall', id, { rules }, options),
    firewall: async (id, options) => {
      const call = reading('firewall', options, id, 'firewall')
      return (await caller.read({ ...call, schema: rulesAnswer })).value.rules ?? []
    },
    backups: async (id, options) => {
      const call = reading('backups', options, id, 'backups')
      return (await caller.read({ ...call, schema: backupsAnswer })).value.backups ?? []
    },
    authority: async (id, options) => {
      const call = reading('authority', options, id, 'ca')
      return (await caller.read({ ...call, schema: authorityAnswer })).value.ca.certificate
    },
  }
}
