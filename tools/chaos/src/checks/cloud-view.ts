import type { DigitalOcean } from '@arcadia-cloud/digitalocean'

/** What the cloud holds, by its own API. */
export interface CloudView {
  readonly droplets: readonly DropletFact[]
  readonly snapshots: readonly SnapshotFact[]
  readonly tags: readonly string[]
}

export interface DropletFact {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly tags: readonly string[]
}

export interface SnapshotFact {
  readonly id: string
  readonly name: string
}

/** Lists everything; to be asked when nothing is on its way any more and the listings have caught up. */
export async function viewCloud(client: DigitalOcean): Promise<CloudView> {
  const droplets: DropletFact[] = []
  for await (const { id, name, status, tags } of client.droplets.list()) {
    droplets.push({ id: String(id), name, status, tags: tags ?? [] })
  }
  const snapshots: SnapshotFact[] = []
  for await (const { id, name } of client.snapshots.list()) snapshots.push({ id, name })
  const tags: string[] = []
  for await (const { name } of client.tags.list()) tags.push(name)
  return { droplets, snapshots, tags }
}
