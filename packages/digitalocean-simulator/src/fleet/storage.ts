import { z } from 'zod'
import { type Machine, spread } from './machines.ts'
import type { Past } from './past.ts'
import { dayMs, minuteMs } from './timeline.ts'
import { regionOf } from './vocabulary.ts'

const made = z.object({ volume: z.object({ id: z.string() }) })

const sizes = [50, 100, 100, 200, 500] as const

/** Volumes of the machines that keep something; one in five is attached to nothing. */
export function addVolumes(past: Past, machines: readonly Machine[], count: number): void {
  const keeping = machines.filter(({ plan }) => plan.role.keepsData)
  const hosts = keeping.length > 0 ? keeping : machines
  const attached = count - Math.floor(count / 5)
  const names = new Map<string, number>()
  for (let index = 0; index < attached; index++) {
    const machine = spread(hosts, index, attached)
    if (!machine) continue
    const { droplet } = machine
    const host = droplet.name.replace('.', '-')
    const number = (names.get(host) ?? 0) + 1
    names.set(host, number)
    const name = number === 1 ? `${host}-data` : `${host}-data-${number}`
    const environment = droplet.tags.filter((tag) => tag.startsWith('env:'))
    const atMs = droplet.createdMs + 2 * minuteMs
    const { id } = addVolume(past, index, name, droplet.region, environment, atMs)
    past.tell({
      atMs: atMs + minuteMs,
      path: '/v2/volumes/:volume/actions',
      params: { volume: id },
      body: { type: 'attach', droplet_id: String(droplet.id) },
    })
  }
  for (let index = attached; index < count; index++) {
    const name = `archive-${String(index - attached + 1).padStart(2, '0')}`
    const age = past.world.random.integer(1, 600, 'archive', index)
    const atMs = past.now - age * dayMs
    addVolume(past, index, name, regionOf(past.world.random, index), [], atMs)
  }
}

function addVolume(
  past: Past,
  index: number,
  name: string,
  region: string,
  tags: readonly string[],
  atMs: number,
) {
  const { random } = past.world
  const size = random.pick([...sizes], 'volume-size', index)
  const filesystem = random.fraction('filesystem', index) < 0.8 ? 'ext4' : 'xfs'
  const body = { name, region, size_gigabytes: size, filesystem_type: filesystem, tags }
  return past.ask({ atMs, path: '/v2/volumes', body }, made).volume
}

/** Snapshots of volumes, from when they were made until now. */
export function addVolumeSnapshots(past: Past, count: number): void {
  const volumes = [...past.tx.tables.volumes.rows()]
  const names = new Map<string, number>()
  for (let index = 0; index < count; index++) {
    const volume = spread(volumes, index, count)
    if (!volume) continue
    const number = (names.get(volume.id) ?? 0) + 1
    names.set(volume.id, number)
    const share = past.world.random.fraction('volume-snapshot-age', index)
    past.tell({
      atMs: volume.createdMs + share * (past.now - volume.createdMs),
      path: '/v2/volumes/:volume/snapshots',
      params: { volume: volume.id },
      body: { name: `${volume.name}-snapshot-${number}`, tags: volume.tags },
    })
  }
}
