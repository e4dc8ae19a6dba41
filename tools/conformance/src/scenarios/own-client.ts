import type { DigitalOcean } from '@arcadia-cloud/digitalocean'
import type { Api } from '../api.ts'
import { plan } from '../droplet.ts'
import type { Scenario } from '../scenario.ts'

/** What our own client sends, for what the control plane does most. */
export const ownClient: Scenario = {
  name: 'our own client',
  async walk(api) {
    const client = api.client()
    const tags = ['web', 'made-by:us']
    const { droplet } = await client.droplets.create({
      name: 'web-01',
      ...plan,
      backups: true,
      tags,
    })
    await api.wait(60)
    await actions(api, client, droplet.id)
    await listings(client, droplet.id)
    const project = await client.projects.create({ name: 'shop', purpose: 'Web Application' })
    await client.projects.update(project.id, { description: 'sells' })
    await client.projects.assign(project.id, [`do:droplet:${droplet.id}`])
    const tagged = [{ resource_id: droplet.id, resource_type: 'droplet' }] as const
    await client.tags.untagResources('web', tagged)
    await client.tags.tagResources('web', tagged)
    await client.tags.delete('web')
    await client.droplets.delete(droplet.id)
    await api.wait(60)
    await client.projects.delete(project.id)
  },
}

async function actions(api: Api, client: DigitalOcean, droplet: number): Promise<void> {
  const { dropletActions, droplets, snapshots } = client
  const done = async (begun: Promise<{ readonly id: number }>) => {
    const { id } = await begun
    await api.wait(120)
    await dropletActions.get(droplet, id)
  }
  await done(dropletActions.snapshot(droplet, { name: 'before' }))
  await done(dropletActions.rename(droplet, { name: 'web-02' }))
  await done(dropletActions.enableIpv6(droplet))
  const weekly = { plan: 'weekly', weekday: 'MON', hour: 4 } as const
  await done(dropletActions.changeBackupPolicy(droplet, { backup_policy: weekly }))
  await done(dropletActions.passwordReset(droplet))
  await done(dropletActions.disableBackups(droplet))
  await done(dropletActions.enableBackups(droplet))
  await done(dropletActions.shutdown(droplet))
  await done(dropletActions.resize(droplet, { size: 's-2vcpu-4gb', disk: true }))
  await done(dropletActions.rebuild(droplet, { image: 'ubuntu-24-04-x64' }))
  for await (const { id } of droplets.snapshots(droplet).list()) {
    await done(dropletActions.restore(droplet, { image: id }))
    await snapshots.get(id)
    await snapshots.delete(id)
  }
}

async function listings(client: DigitalOcean, droplet: number): Promise<void> {
  const { droplets, images, regions, sizes, snapshots, tags, projects } = client
  await client.account.get()
  await droplets.get(droplet)
  for (const listing of [
    droplets.list(),
    droplets.list({ tagName: 'web' }),
    droplets.list({ name: 'web-02', type: 'droplets' }),
    droplets.actions(droplet).list(),
    droplets.backups(droplet).list(),
    client.actions.list(),
    images.list(),
    regions.list(),
    sizes.list(),
    snapshots.list({ resourceType: 'droplet' }),
    tags.list(),
    projects.list(),
    projects.resources('default').list(),
  ]) {
    for await (const _ of listing);
  }
}
