import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWith } from '../../../test/needs.ts'
import { checkConformance } from '../src/conformance.ts'
import { noProxy } from '../src/installation.ts'
import type { Scenario } from '../src/scenario.ts'

const limit = (type: string) => ({
  type: 'object',
  properties: { account: { type: 'object', properties: { droplet_limit: { type } } } },
})
const json = (schema: object) => ({ content: { 'application/json': { schema } } })

/** A description of our own, right or wrong about two operations. */
const description = (type: string) => ({
  openapi: '3.0.0',
  info: { title: 'some of it', version: '1' },
  paths: {
    '/v2/account': { get: { responses: { 200: { description: 'it', ...json(limit(type)) } } } },
    '/v2/tags': {
      post: {
        requestBody: json({ type: 'object', required: ['name', 'colour'] }),
        responses: { 201: { description: 'it' } },
      },
    },
  },
})

const walk: Scenario = {
  name: 'both ways',
  async walk(api) {
    await api.get('/v2/account')
    await api.post('/v2/tags', { name: 'web' }, 201)
  },
}

describeWith('the validating proxy', noProxy, () => {
  async function check(type: string, scenario: Scenario) {
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
    try {
      const spec = join(folder, 'openapi.json')
      await writeFile(spec, JSON.stringify(description(type)))
      return await checkConformance({ spec, scenarios: [scenario] })
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('finds what is not as described, of answers and of requests', async () => {
    const { failures } = await check('string', walk)
    expect(failures).toEqual([
      expect.stringMatching(/^both ways: GET \/v2\/account \(200\): response\.body\.account\.drop/),
      expect.stringMatching(/^both ways: POST \/v2\/tags \(201\): request\.body: .*'colour'/),
    ])
  })

  test('finds nothing where all is as described, and knows what was walked', async () => {
    const { failures, coverage } = await check('integer', {
      ...walk,
      walk: async (api) => void (await api.get('/v2/account')),
    })
    expect(failures).toEqual([])
    expect(coverage.missing).not.toContain('GET /v2/account')
    expect(coverage.missing).toContain('POST /v2/tags')
  })

  test('finds a scenario that is answered otherwise than it expects, and one that breaks', async () => {
    const refused = await check('integer', {
      name: 'lost',
      walk: async (api) => void (await api.get('/v2/account', 404)),
    })
    expect(refused.failures).toEqual([expect.stringContaining('200 instead of 404')])
    const broken = await check('integer', {
      name: 'broken',
      walk: () => Promise.reject(new Error('no way')),
    })
    expect(broken.failures).toEqual([expect.stringContaining('no way')])
  })
})
