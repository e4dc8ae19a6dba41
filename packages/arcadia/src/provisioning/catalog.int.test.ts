import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provisioningSagas, provisioningSteps } from './catalog.ts'
import { permittedAdHocSteps, writesToCloud } from './cloud-writes.ts'
import { type Estate, estate } from './testing/estate.ts'

let world: Estate
beforeAll(async () => {
  world = await estate()
})
afterAll(() => world.close())

describe('writesToCloud', () => {
  it('is true of every step with an effect out there, and of no other', () => {
    const said = provisioningSteps(world).map(({ name }) => [name, writesToCloud([name])])
    const is = provisioningSteps(world).map(({ name, kind, effect }) => [
      name,
      kind === 'call' && effect !== 'read',
    ])
    expect(said).toEqual(is)
    expect(writesToCloud(['echo', 'fail'])).toBe(false)
    expect(writesToCloud(['echo', 'rename_droplet'])).toBe(true)
  })

  it('is true of every saga with such a step', () => {
    for (const { kind, steps } of provisioningSagas(world)) {
      expect([kind, writesToCloud(kind)]).toEqual([
        kind,
        writesToCloud(steps.map(({ step }) => step.name)),
      ])
    }
    expect(writesToCloud('sync_account')).toBe(false)
  })
})

describe('permittedAdHocSteps', () => {
  it('are steps that there are, none of which is past return or writes what is asked for', () => {
    const steps = new Map(provisioningSteps(world).map((step) => [step.name, step]))
    for (const name of permittedAdHocSteps) {
      expect(steps.get(name)).toMatchObject({ kind: 'call' })
      expect(steps.get(name)?.effect).not.toBe('pivot')
    }
  })
})
