import type { Attrs } from '../index.ts'

/** After DigitalOcean's own example of a droplet. */
export const web: Attrs = {
  id: 3164444,
  name: 'web-01.example.com',
  memory: 1024,
  vcpus: 1,
  disk: 25,
  locked: false,
  status: 'active',
  kernel: null,
  created_at: '2020-07-21T18:37:44Z',
  features: ['backups', 'private_networking', 'ipv6'],
  backup_ids: [53893572],
  next_backup_window: { start: '2020-07-30T00:00:00Z', end: '2020-07-30T23:00:00Z' },
  snapshot_ids: [67512819],
  image: { id: 63663980, slug: 'ubuntu-20-04-x64' },
  volume_ids: [],
  size: { slug: 's-1vcpu-1gb', price_monthly: 6 },
  size_slug: 's-1vcpu-1gb',
  networks: { v4: [{ ip_address: '192.241.165.154', type: 'public' }], v6: [] },
  region: { name: 'New York 3', slug: 'nyc3' },
  tags: ['web', 'env:prod'],
  vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
}

/** After its example of a snapshot. */
export const backup: Attrs = {
  id: '6372321',
  name: 'web-01-1595954862243',
  created_at: '2020-07-28T16:47:44Z',
  regions: ['nyc3'],
  resource_id: '200776916',
  resource_type: 'droplet',
  min_disk_size: 25,
  size_gigabytes: 2.34,
  tags: ['web'],
}
