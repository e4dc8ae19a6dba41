import { describe, expect, it } from 'vitest'
import type { FaultInput } from './faults/fault.ts'
import { openSimulator } from './simulator.ts'

const url = 'http://simulator/v2/account'
const init = { headers: { authorization: 'Bearer token' } }

async function simulator(...faults: readonly FaultInput[]) {
  const local = await openSimulator({ seed: { resources: 0 }, faults })
  const logged = async (): Promise<unknown> => {
    const answer = await local.fetch('http://simulator/_simulator/requests')
    return answer.json()
  }
  return { ...local, logged, [Symbol.asyncDispose]: () => local.close() }
}

describe('a simulator in the same process', () => {
  it('answers its own fetch as it answers over HTTP', async () => {
    await using local = await simulator()
    const answer = await local.fetch(url, init)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ account: { status: 'active' } })
    expect(await local.logged()).toMatchObject({ requests: [{ status: 200, answered: true }] })
  })

  it('closes a connection as Node tells of it', async () => {
    await using local = await simulator({ kind: 'lost' })
    await expect(local.fetch(url, init)).rejects.toMatchObject({
      name: 'TypeError',
      cause: { code: 'UND_ERR_SOCKET' },
    })
    expect(await local.logged()).toMatchObject({ requests: [{ status: null, answered: false }] })
  })

  it('breaks an answer off in the middle', async () => {
    await using local = await simulator({ kind: 'cut' })
    const answer = await local.fetch(url, init)
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } })
    expect(await local.logged()).toMatchObject({ requests: [{ answered: false }] })
  })

  it('stalls in the middle of an answer until it is released', async () => {
    await using local = await simulator({ kind: 'stall', times: 2 })
    const [fault] = await local.controls.faults()
    const release = (outcome: string) =>
      local.controls.control('POST', `/faults/${fault?.id}/release`, { outcome })
    const answer = await local.fetch(url, init)
    expect(await local.logged()).toMatchObject({ requests: [{ answered: false }] })
    await release('continue')
    expect(await answer.json()).toMatchObject({ account: { status: 'active' } })
    expect(await local.logged()).toMatchObject({ requests: [{ answered: true }] })
    const another = await local.fetch(url, init)
    await release('drop')
    await expect(another.text()).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } })
  })

  it('gives no answer to what was aborted', async () => {
    await using local = await simulator({ kind: 'hold' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(local.fetch(url, { ...init, signal })).rejects.toThrow('enough')
    const later = new AbortController()
    const asked = local.fetch(url, { ...init, signal: later.signal })
    later.abort(new Error('too late'))
    await expect(asked).rejects.toThrow('too late')
  })
})
