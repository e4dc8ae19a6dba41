import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { disableWrites, enableWrites, freeze, resume } from '../../accounts/index.ts'
import { type Estate, estate } from '../testing/estate.ts'

let world: Estate
beforeEach(async () => {
  world = await estate()
})
afterEach(() => world.close())

const snapshotsOf = async (id: number) => {
  const names: string[] = []
  for await (const { name } of world.cloud.client.droplets.snapshots(id).list()) names.push(name)
  return names
}

/** After everything that could still be under way has ended. */
const snapshotsLater = (id: number) => {
  world.advance(3_600_000)
  return snapshotsOf(id)
}

const posts = () => world.cloud.requests('POST', '/v2/droplets/*/actions')
const actionsOf = async (id: number) => {
  const ids: number[] = []
  for await (const action of world.cloud.client.droplets.actions(id).list()) ids.push(action.id)
  return ids
}

const adHoc = (id: number | string) =>
  world.engine.startAdHoc([{ name: 'create_droplet_snapshot' }, { name: 'fail' }], {
    droplet_id: id,
  })

describe('snapshot_droplet', () => {
  it('makes one snapshot under its deterministic name, and asks for it to stay', async () => {
    const droplet = await world.droplet()
    const started = await world.engine.startKind('snapshot_droplet', { droplet_id: `${droplet}` })
    const { run } = await world.finish(started.id)
    expect(run.status).toBe('completed')
    expect(run.lockKeys).toEqual([`${world.account.id}/droplet/${droplet}`])
    const name = `arcadia-snap-${droplet}-${started.id.slice(-8)}`
    expect(run.context).toMatchObject({ snapshot_name: name, snapshot_id: expect.any(String) })
    expect(await snapshotsOf(droplet)).toEqual([name])
    const { rows } = await world.pool.query(
      `select r.name, p.spec, p.source, p.saga_id from arcadia.cloud_resources r
        join arcadia.cloud_provisioned p on p.resource_id = r.id`,
    )
    expect(rows).toEqual([
      {
        name,
        spec: { name, resource_id: String(droplet), resource_type: 'droplet' },
        source: 'saga',
        saga_id: started.id,
      },
    ])
  })

  it('refuses a droplet that is none, and an input that is malformed', async () => {
    await expect(world.engine.startKind('snapshot_droplet', { droplet_id: 'web' })).rejects.toThrow(
      'droplet_id',
    )
    await expect(
      world.engine.startKind('snapshot_droplet', { droplet_id: 7, size: 'large' }),
    ).rejects.toThrow('size')
    const stranger = '00000000-0000-7000-8000-000000000000'
    await expect(
      world.engine.startKind('snapshot_droplet', { droplet_id: 7, account_id: stranger }),
    ).rejects.toThrow(`account_id: there is no account ${stranger}`)
    const { id } = await world.engine.startKind('snapshot_droplet', { droplet_id: 7 })
    const { run, steps } = await world.finish(id)
    expect(run).toMatchObject({ status: 'rolled_back' })
    expect(steps.map(({ status }) => status)).toEqual(['failed'])
  })
})

describe('[create_droplet_snapshot, fail]', () => {
  it('leaves nothing behind', async () => {
    const droplet = await world.droplet()
    const { id } = await adHoc(droplet)
    const { run, steps } = await world.finish(id)
    expect(run.status).toBe('rolled_back')
    expect(run.error).toEqual({ compensate_from_idx: 0, reason: 'step_failed:fail' })
    expect(steps.map(({ name, status }) => [name, status])).toEqual([
      ['create_droplet_snapshot', 'compensated'],
      ['fail', 'failed'],
    ])
    expect(await posts()).toHaveLength(1)
    expect(await world.cloud.requests('DELETE', '/v2/snapshots/*')).toHaveLength(1)
    expect(await snapshotsLater(droplet)).toEqual([])
  })

  it('waits while frozen, sending nothing, and goes on at an operator’s word', async () => {
    const droplet = await world.droplet()
    const { id } = await adHoc(droplet)
    await world.until(id, ({ steps }) => steps[0]?.receipt !== null && steps.length === 1)
    await freeze(world.db, { actor: 'ann', reason: 'an incident' })
    await world.until(id, ({ run }) => run.direction === 'undo')
    const before = (await world.cloud.requests('GET', '/**')).length
    for (let round = 0; round < 20; round += 1) {
      await world.worker.tick()
      world.advance(60_000)
    }
    expect((await world.engine.get(id)).run.direction).toBe('undo')
    expect((await world.cloud.requests('GET', '/**')).length).toBe(before)
    expect(await snapshotsOf(droplet)).toHaveLength(1)
    await resume(world.db, { actor: 'ann' })
    expect((await world.finish(id)).run.status).toBe('rolled_back')
    expect(await snapshotsLater(droplet)).toEqual([])
  })

  it('never lets a request leave while writes are disabled', async () => {
    const droplet = await world.droplet()
    await disableWrites(world.db, world.account.id, 'ann')
    const { id } = await adHoc(droplet)
    const { run, steps } = await world.finish(id)
    expect(run.status).toBe('rolled_back')
    expect(steps[0]).toMatchObject({ status: 'failed', error: { code: 'writes_disabled' } })
    expect(await posts()).toEqual([])
    await enableWrites(world.db, world.account.id, 'ann')
  })
})

describe('a snapshot whose POST got no answer', () => {
  const lost = { kind: 'lost', match: { method: 'POST', path: '/v2/droplets/*/actions' } }

  it('is found again: exactly one snapshot, exactly one POST', async () => {
    const droplet = await world.droplet()
    await world.fault(lost)
    const { id } = await world.engine.startKind('snapshot_droplet', { droplet_id: droplet })
    const { run } = await world.finish(id)
    expect(run.status).toBe('completed')
    expect(await snapshotsOf(droplet)).toHaveLength(1)
    expect(await posts()).toHaveLength(1)
  })

  it('is taken back when the saga fails', async () => {
    const droplet = await world.droplet()
    await world.fault(lost)
    const { id } = await adHoc(droplet)
    expect((await world.finish(id)).run.status).toBe('rolled_back')
    expect(await posts()).toHaveLength(1)
    expect(await snapshotsLater(droplet)).toEqual([])
  })

  it('is waited for, however long it is in the making, and never posted again meanwhile', async () => {
    const droplet = await world.droplet()
    await world.fault(lost)
    await world.fault({ ...lost, kind: 'stuck' })
    const { id } = await world.engine.startKind('snapshot_droplet', { droplet_id: droplet })
    const began = world.now()
    await world.until(id, () => world.now() > began + 600_000)
    expect((await world.engine.get(id)).steps[0]).toMatchObject({ status: 'unknown', attempts: 1 })
    const [action] = await actionsOf(droplet)
    await world.cloud.control('POST', `/actions/${action}`, { status: 'completed' })
    expect((await world.finish(id)).run.status).toBe('completed')
    expect(await posts()).toHaveLength(1)
    expect(await snapshotsLater(droplet)).toHaveLength(1)
  })

  it('is posted again only when it certainly never arrived', async () => {
    const droplet = await world.droplet()
    await world.fault({ ...lost, kind: 'cut' })
    const { id } = await world.engine.startKind('snapshot_droplet', { droplet_id: droplet })
    expect((await world.finish(id)).run.status).toBe('completed')
    expect(await snapshotsOf(droplet)).toHaveLength(1)
  })
})

describe('a snapshot action that goes wrong', () => {
  it('ends the step when it errors, with nothing left', async () => {
    const droplet = await world.droplet()
    await world.fault({ kind: 'errored', match: { method: 'POST' } })
    const { id } = await world.engine.startKind('snapshot_droplet', { droplet_id: droplet })
    const { run, steps } = await world.finish(id)
    expect(run.status).toBe('rolled_back')
    expect(steps[0]?.error?.message).toMatch('errored')
    expect(await snapshotsOf(droplet)).toEqual([])
  })

  it('is cancelled while it runs: the undo waits for it and deletes what it made', async () => {
    const droplet = await world.droplet()
    const { id } = await world.engine.startKind('snapshot_droplet', { droplet_id: droplet })
    await world.until(id, ({ steps }) => steps[0]?.issuedAt != null)
    await world.engine.cancel(id, { actor: 'ann' })
    const { run } = await world.finish(id)
    expect(run).toMatchObject({ status: 'rolled_back', error: { reason: 'cancelled' } })
    expect(await snapshotsLater(droplet)).toEqual([])
  })

  it('waits for another event on the droplet, and posts after it', async () => {
    const droplet = await world.droplet()
    await world.cloud.client.dropletActions.reboot(droplet)
    const { id } = await world.engine.startKind('snapshot_droplet', { droplet_id: droplet })
    expect((await world.finish(id)).run.status).toBe('completed')
    expect(await snapshotsOf(droplet)).toHaveLength(1)
  })
})

describe('a second snapshot of the name', () => {
  const snapshot = async (droplet: number, id: string) => {
    const name = `arcadia-snap-${droplet}-${id.slice(-8)}`
    const action = await world.cloud.client.dropletActions.snapshot(droplet, { name })
    return { name, action }
  }
  const complete = async () => {
    const droplet = await world.droplet()
    const { id } = await world.engine.startKind('snapshot_droplet', { droplet_id: droplet })
    expect((await world.finish(id)).run.status).toBe('completed')
    return { droplet, id }
  }
  const goneBack = (id: string) => world.until(id, ({ run }) => run.status === 'rolled_back')

  it('is deleted with the one that the run knows', async () => {
    const { droplet, id } = await complete()
    const { name } = await snapshot(droplet, id)
    world.advance(600_000)
    expect(await snapshotsOf(droplet)).toEqual([name, name])
    await world.engine.rollBack(id)
    await goneBack(id)
    expect(await snapshotsLater(droplet)).toEqual([])
  })

  it('is waited for while it is in the making, though the run knows its own', async () => {
    const { droplet, id } = await complete()
    await world.fault({ kind: 'stuck', match: { method: 'POST', path: '/v2/droplets/*/actions' } })
    const { action } = await snapshot(droplet, id)
    await world.engine.rollBack(id)
    const since = world.now()
    await world.until(id, () => world.now() > since + 600_000)
    expect((await world.engine.get(id)).run).toMatchObject({ status: 'waiting', direction: 'undo' })
    await world.cloud.control('POST', `/actions/${action.id}`, { status: 'completed' })
    await goneBack(id)
    expect(await snapshotsLater(droplet)).toEqual([])
  })

  it('is another of the same plan, which takes two: each is found and taken back by itself', async () => {
    const droplet = await world.droplet()
    const twice = [{ name: 'create_droplet_snapshot' }, { name: 'create_droplet_snapshot' }]
    const { id } = await world.engine.startAdHoc(twice, { droplet_id: droplet })
    const { run, steps } = await world.finish(id)
    expect(run.status).toBe('completed')
    const name = `arcadia-snap-${droplet}-${id.slice(-8)}`
    expect(steps.map(({ key }) => key)).toEqual([name, `${name}-1`])
    expect((await snapshotsOf(droplet)).sort()).toEqual([name, `${name}-1`])
    const failing = await world.engine.startAdHoc([...twice, { name: 'fail' }], {
      droplet_id: droplet,
    })
    expect((await world.finish(failing.id)).run.status).toBe('rolled_back')
    expect((await snapshotsLater(droplet)).sort()).toEqual([name, `${name}-1`])
  })
})
