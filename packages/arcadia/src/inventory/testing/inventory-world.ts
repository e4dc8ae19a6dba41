import type { DigitalOcean } from '@arcadia-cloud/digitalocean'
import type { SimulatorOptions } from '@arcadia-cloud/digitalocean-simulator'
import { silentLog } from '@arcadia-cloud/saga'
import { type Account, createClouds, ensureAccount } from '../../accounts/index.ts'
import type { ResourceEventType, ResourceRow, SyncRow } from '../../database/index.ts'
import type { TestControlPlane } from '../../database/testing/control-plane.ts'
import { kindOf } from '../../kinds/index.ts'
import { findResource, type SyncDeps, type SyncOptions, syncKind } from '../index.ts'
import { clientOf, type SimulatedCloud, simulatedCloud } from './simulated-cloud.ts'

/** An empty inventory and a simulated cloud that it is about. */
export interface InventoryWorld extends SimulatedCloud {
  readonly account: Account
  readonly deps: SyncDeps
  /** Lets the account be read with another client. */
  use(client: DigitalOcean): void
  /** Reads with a token that may do no more than this. */
  useScopes(scopes: readonly string[]): Promise<void>
  sync(kind?: string, options?: Partial<SyncOptions>): Promise<SyncRow>
  /** Makes a droplet behind the client's back. */
  createDroplet(droplet: { readonly name: string; readonly tags?: string[] }): Promise<string>
  droplet(externalId: string): Promise<ResourceRow>
  /** Types of all events, or of one resource's, oldest first. */
  events(externalId?: string): Promise<ResourceEventType[]>
}

/** Makes one; what was in the database's inventory before is gone. */
export async function inventoryWorld(
  { db, pool }: TestControlPlane,
  options: SimulatorOptions = {},
): Promise<InventoryWorld> {
  await pool.query('truncate arcadia.cloud_accounts cascade')
  const cloud = await simulatedCloud(options)
  const name = { provider: 'digitalocean', name: 'simulator', simulated: true }
  const account = await ensureAccount(db, name)
  let client = cloud.client
  const clouds = createClouds({ db, clientFor: () => client })
  const deps: SyncDeps = { db, clouds, log: silentLog }
  return {
    ...cloud,
    account,
    deps,
    use: (other) => {
      client = other
    },
    useScopes: async (scopes) => {
      await cloud.control('POST', '/tokens', { tokens: [{ token: 'limited', scopes }] })
      client = clientOf(cloud.simulator.url, 'limited')
    },
    sync: (kind = 'droplet', more = {}) =>
      syncKind(deps, { accountId: account.id, kind: kindOf(kind), ...more }),
    createDroplet: async (droplet) => idIn(await cloud.control('POST', '/droplets', droplet)),
    droplet: async (externalId) => {
      const key = { accountId: account.id, kind: 'droplet', externalId }
      const found = await findResource(db, key)
      if (found === undefined) throw new Error(`there is no droplet ${externalId}`)
      return found
    },
    events: async (externalId) => {
      const rows = await db
        .selectFrom('cloud_resource_events')
        .innerJoin('cloud_resources', 'cloud_resources.id', 'resource_id')
        .select('type')
        .$if(externalId !== undefined, (query) => query.where('external_id', '=', externalId ?? ''))
        .orderBy('cloud_resource_events.id')
        .execute()
      return rows.map(({ type }) => type)
    },
  }
}

function idIn(answer: unknown): string {
  const text = JSON.stringify(answer)
  const id = /"droplets":\[\{"id":(\d+)/.exec(text)?.[1]
  if (id === undefined) throw new Error(`no droplet in ${text}`)
  return id
}
