import { expect, it } from 'vitest'
import { exitCodes } from '../exit-codes.ts'
import { run } from '../program.ts'
import { sagaOf } from '../testing/bodies.ts'
import { FakeTerminal } from '../testing/fake-terminal.ts'
import { page, type ScriptedAnswer, scriptedApi } from '../testing/scripted-api.ts'

const parked = { status: 'parked', parked: { reason: 'step_failed:make', step: 0 }, event_seq: 5 }
const event = (type: string, detail: object = {}) => ({ type, detail, idx: null, actor: 'admin' })

/** Retries a saga that is so, and whose history then reads like this, one answer after the other. */
async function retry(saga: ReturnType<typeof sagaOf>, histories: readonly ScriptedAnswer[]) {
  const { url, requests } = await scriptedApi({
    [`GET /sagas/${saga.id}`]: { body: saga },
    [`POST /sagas/${saga.id}/retry`]: { status: 202, body: saga },
    [`GET /sagas/${saga.id}/events`]: histories,
  })
  const env = { ARCADIA_URL: url, ARCADIA_TOKEN: 'arc_of-these-tests' }
  const terminal = new FakeTerminal({ env })
  const code = await run(['saga', 'retry', saga.id], terminal)
  const looks = requests.filter(({ path }) => path.includes('/events'))
  return { code, looks, stdout: terminal.stdout, stderr: terminal.stderr }
}

it('an act on a saga that stands still is done once it has been taken up', async () => {
  const claimed = [event('run_claimed')]
  const resumed = [...claimed, event('run_resumed')]
  const found = await retry(sagaOf(parked), [page([]), page(claimed), page(resumed)])
  expect([found.code, found.stderr]).toEqual([exitCodes.ok, ''])
  expect(found.stdout).toContain('retry asked for')
  expect(found.looks.map(({ path }) => path.split('?')[1])).toEqual(Array(3).fill('cursor=5'))
})

it('one that came too late is refused, with the reason that its history gives', async () => {
  const refused = event('act_refused', { act: 'retry', reason: 'it has ended (failed)' })
  const { code, stdout, stderr } = await retry(sagaOf(parked), [page([refused])])
  expect([code, stdout]).toEqual([exitCodes.refused, ''])
  expect(stderr).toBe('error: The saga 5a6a0001 did not retry.\n       it has ended (failed).\n')
})

it('without a worker it is not waited for for ever, and said', async () => {
  const { code, stdout, stderr } = await retry(sagaOf(parked), [page([])])
  expect([code, stdout]).toEqual([exitCodes.ok, expect.stringContaining('retry asked for')])
  expect(stderr).toContain('No worker has taken it up yet')
})

it('a saga that is at work is not waited for', async () => {
  const { looks } = await retry(sagaOf(), [page([])])
  expect(looks).toEqual([])
})
