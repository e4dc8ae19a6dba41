import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { pageSchema } from '../../src/http/pages.ts'
import { problemSchema } from '../../src/http/problem.ts'
import { accountSchema } from '../../src/http/schemas/account.ts'
import { type Client, clientOf } from '../../src/http/testing/client.ts'
import { beginJourney, type Journey } from './journey.ts'

let journey: Journey
let viewer: Client
let viewerToken: string
let dropletId: number
beforeAll(async () => {
  journey = await beginJourney()
  const made = await journey.admin.call('POST', '/api/v1/tokens', { name: 'v', role: 'viewer' })
  viewerToken = z.looseObject({ token: z.string() }).parse(made.body).token
  viewer = clientOf(journey.program.url, viewerToken)
  dropletId = Number((await journey.droplets())[3]?.external_id)
})
afterAll(() => journey.close())

const sagas = '/api/v1/sagas'
const json = { 'content-type': 'application/json' }
const marker = 'do-not-log-this-body'
const unknownId = '01890000-0000-7000-8000-000000000000'

/** Everything that may be wrong with a request: who sends what, and the refusal it meets. */
const refusals: readonly {
  readonly name: string
  readonly send: () => ReturnType<Client['call']>
  readonly status: number
  readonly code: string
}[] = [
  {
    name: 'an unknown kind',
    send: () => journey.admin.call('POST', sagas, { kind: marker }),
    status: 422,
    code: 'unknown_kind',
  },
  {
    name: 'malformed JSON',
    send: () => journey.admin.send('POST', sagas, { headers: json, body: `{"${marker}` }),
    status: 400,
    code: 'malformed_json',
  },
  {
    name: 'wrong types',
    send: () => journey.admin.call('POST', sagas, { kind: 7, input: marker }),
    status: 422,
    code: 'invalid_request',
  },
  {
    name: 'an unknown id',
    send: () => journey.admin.call('GET', `${sagas}/${unknownId}`),
    status: 404,
    code: 'run_not_found',
  },
  {
    name: 'a key repeated with another input',
    send: async () => {
      const body = { steps: [{ name: 'echo' }], idempotency_key: 'same' }
      await journey.admin.call('POST', sagas, body)
      return journey.admin.call('POST', sagas, { ...body, input: { message: marker } })
    },
    status: 409,
    code: 'start_key_conflict',
  },
  {
    name: 'no token',
    send: () => journey.anonymous.call('GET', sagas),
    status: 401,
    code: 'token_missing',
  },
  {
    name: 'a wrong token',
    send: () => clientOf(journey.program.url, `arc_${marker}`).call('GET', sagas),
    status: 401,
    code: 'token_invalid',
  },
  {
    name: 'a role that may not write',
    send: () => viewer.call('POST', sagas, { steps: [{ name: 'echo' }] }),
    status: 403,
    code: 'forbidden',
  },
  {
    name: 'a role that may not see drift',
    send: () => viewer.call('GET', '/api/v1/drift'),
    status: 403,
    code: 'forbidden',
  },
  {
    name: 'a body over 1 MB',
    send: () => journey.admin.call('POST', sagas, { kind: marker, input: 'x'.repeat(1_100_000) }),
    status: 413,
    code: 'body_too_large',
  },
]

test.each(refusals)('$name is refused with words, and leaves no trace', async (refusal) => {
  // A first start under the repeated key is meant to be there.
  if (refusal.code === 'start_key_conflict') await refusal.send()
  const before = await figures()
  const answer = await refusal.send()
  const problem = problemSchema.parse(answer.body)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect({ status: answer.status, code: problem.code }).toEqual({
    status: refusal.status,
    code: refusal.code,
  })
  expect(problem.detail.length).toBeGreaterThan(20)
  expect(await figures()).toEqual(before)
  expect(journey.heard.logged()).not.toContain(marker)
  expect(journey.heard.logged()).not.toContain(journey.program.adminToken)
  expect(journey.heard.logged()).not.toContain(viewerToken)
})

test('an account without writes enabled is left alone, and the answer says why', async () => {
  const { data } = await journey.admin.get('/api/v1/accounts', pageSchema(accountSchema))
  const account = `/api/v1/accounts/${data[0]?.id}`
  await journey.admin.call('POST', `${account}/disable-writes`)
  await refusesChanges('writes_disabled', /enable-writes/)
  await journey.admin.call('POST', `${account}/enable-writes`)
  await allowsChanges()
})

test('a frozen program leaves every cloud alone, and the answer says why', async () => {
  await journey.admin.call('POST', '/api/v1/freeze', { reason: 'a drill' })
  await refusesChanges('frozen', /a drill.*arcadia resume/)
  await journey.admin.call('POST', '/api/v1/resume')
  await allowsChanges()
})

const changes = () => [
  { kind: 'snapshot_droplet', input: { droplet_id: dropletId } },
  {
    steps: [{ name: 'create_droplet_snapshot' }, { name: 'fail' }],
    input: { droplet_id: dropletId },
  },
]

async function refusesChanges(code: string, why: RegExp): Promise<void> {
  const before = await figures()
  for (const change of changes()) {
    const answer = await journey.admin.call('POST', sagas, change)
    const problem = problemSchema.parse(answer.body)
    expect(problem).toMatchObject({ status: 409, code })
    expect(problem.detail).toMatch(why)
  }
  expect(await figures()).toEqual(before)
}

async function allowsChanges(): Promise<void> {
  const [first, second] = changes()
  expect(await journey.run(first ?? {})).toMatchObject({ status: 'completed' })
  expect(await journey.run(second ?? {})).toMatchObject({ status: 'rolled_back' })
}

/** What a refused request must not change: our sagas and tokens, and what the cloud was asked. */
async function figures() {
  const list = z.object({ data: z.array(z.looseObject({ id: z.string() })) })
  return {
    sagas: (await journey.admin.get(`${sagas}?limit=200`, list)).data.map(({ id }) => id),
    tokens: (await journey.admin.get('/api/v1/tokens', list)).data.length,
    cloudWrites: await journey.cloudWrites(),
  }
}
