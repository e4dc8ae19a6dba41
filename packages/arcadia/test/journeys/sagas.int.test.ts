import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginJourney, type Journey } from './journey.ts'

let journey: Journey
beforeAll(async () => {
  journey = await beginJourney()
})
afterAll(() => journey.close())

const steps = (...names: string[]) => ({ steps: names.map((name) => ({ name })) })

test('[echo, echo, echo] completes, each with what it echoed', async () => {
  expect(await journey.run(steps('echo', 'echo', 'echo'))).toMatchObject({
    status: 'completed',
    context: {
      echoed_at_step_0: 'hello',
      echoed_at_step_1: 'hello',
      echoed_at_step_2: 'hello',
    },
    error: null,
    steps: [{ status: 'completed' }, { status: 'completed' }, { status: 'completed' }],
  })
})

test('[echo, echo, fail] is rolled back, and the ledger says how', async () => {
  const saga = await journey.run(steps('echo', 'echo', 'fail'))
  expect(saga).toMatchObject({ status: 'rolled_back' })
  expect(saga.error).toEqual({ compensate_from_idx: 1, reason: 'step_failed:fail' })
  expect(saga.steps?.map(({ name, status }) => `${name}: ${status}`)).toEqual([
    'echo: compensated',
    'echo: compensated',
    'fail: failed',
  ])
})

test('a saga is in the list, with its status and its kind', async () => {
  const { id } = await journey.run(steps('fail'))
  const list = await journey.admin.call('GET', '/api/v1/sagas?status=rolled_back&kind=ad_hoc')
  expect(list).toMatchObject({ status: 200, body: { data: [{ id }, ...anything(list.body)] } })
})

/** The rest of a list, as it is. */
function anything(body: unknown): unknown[] {
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : []
  return Array.isArray(data) ? data.slice(1) : []
}
