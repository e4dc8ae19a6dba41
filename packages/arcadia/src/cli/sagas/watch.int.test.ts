import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { exitCodes } from '../exit-codes.ts'
import { run } from '../program.ts'
import { ago, sagaOf, stepOf } from '../testing/bodies.ts'
import { FakeTerminal, type FakeTerminalOptions } from '../testing/fake-terminal.ts'
import { type Script, type ScriptedAnswer, scriptedApi } from '../testing/scripted-api.ts'

const saga = sagaOf({ steps: [stepOf(0, 'read_droplet', 'running')] })
const completed = sagaOf({
  status: 'completed',
  ended_at: ago(2),
  steps: [stepOf(0, 'read_droplet', 'completed')],
})

/** Watches a saga that is as these answers say, one after the other. */
async function watch(
  answers: readonly ScriptedAnswer[],
  options: FakeTerminalOptions = {},
  script: Script = {},
) {
  const { url, requests } = await scriptedApi({ ...script, [`GET /sagas/${saga.id}`]: answers })
  const env = { ARCADIA_URL: url, ARCADIA_TOKEN: 'arc_a-token-of-these-tests' }
  const terminal = new FakeTerminal({ ...options, env })
  const code = await run(['saga', 'watch', saga.id], terminal)
  return { code, terminal, requests, stdout: terminal.stdout, stderr: terminal.stderr }
}

describe('watching a saga', () => {
  it('ends with it', async () => {
    const { code, stdout, stderr } = await watch([{ body: saga }, { body: completed }])
    expect(code, stderr).toBe(exitCodes.ok)
    expect(stdout.split('\n').slice(-2)).toEqual([
      'snapshot_droplet 5a6a0001  Completed after 10 s',
      '',
    ])
  })

  it.each(['rolled_back', 'failed', 'parked'])(
    'tells by its exit code that it is %s',
    async (status) => {
      const parked = status === 'parked' ? { reason: 'look', step: 0 } : null
      const { code } = await watch([{ body: sagaOf({ status, parked, steps: [] }) }])
      expect(code).toBe(exitCodes.failed)
    },
  )

  it('draws on a terminal, where the time goes on between two answers', async () => {
    const { terminal, stdout } = await watch([{ body: saga }, { body: completed }], { columns: 80 })
    const heads = terminal.frames.map(([head = '']) => stripVTControlCharacters(head))
    expect(heads[0]).toBe('snapshot_droplet  5a6a0001  Running  12 s')
    expect(heads.at(-1)).toBe('snapshot_droplet  5a6a0001  Completed  10 s')
    expect(stdout).toBe('')
  })

  it('outlives a server that goes away and comes back', async () => {
    const unready: ScriptedAnswer = { problem: 503, detail: 'starting' }
    const { code, stderr, requests } = await watch([
      { body: saga },
      'break',
      'break',
      unready,
      { body: completed },
    ])
    expect(code, stderr).toBe(exitCodes.ok)
    expect(requests).toHaveLength(5)
    expect(stderr.match(/Trying again/g)).toHaveLength(1)
    expect(stderr).toContain('The server answers again.')
  })

  it('says so where it draws, instead of beside it', async () => {
    const answers: ScriptedAnswer[] = [{ body: saga }, 'break', { body: completed }]
    const { terminal, stderr } = await watch(answers, { columns: 80 })
    expect(terminal.frames.flat().join()).toContain('The server does not answer; trying again…')
    expect(terminal.frames.at(-1)?.join()).not.toContain('trying again')
    expect(stderr).toBe('')
  })

  it('says once that all is frozen, where the saga waits', async () => {
    const waiting = { body: sagaOf({ status: 'waiting', waits_for: 'time', steps: [] }) }
    const answers = [...Array.from({ length: 20 }, () => waiting), { body: completed }]
    const freeze = { frozen: true, reason: 'incident 7', changed_at: ago(9), changed_by: 'ann' }
    const script = { 'GET /freeze': { body: freeze } }
    const line = 'Frozen (incident 7): no change leaves for any cloud until "arcadia resume".'
    const { code, stderr, requests } = await watch(answers, {}, script)
    expect([code, stderr]).toEqual([exitCodes.ok, `${line}\n`])
    expect(requests.filter(({ path }) => path === '/freeze')).toHaveLength(3)
    const { terminal } = await watch(answers, { columns: 90 }, script)
    expect(terminal.frames.at(-3)?.join()).toContain(line)
    expect(terminal.frames.at(-1)?.join()).not.toContain('Frozen')
  })

  it('does not wait for a server that was never there, nor for what waiting does not mend', async () => {
    expect((await watch(['break'])).code).toBe(exitCodes.unreachable)
    const revoked: ScriptedAnswer = { problem: 401, detail: 'the token was revoked' }
    const { code, requests } = await watch([{ body: saga }, revoked])
    expect([code, requests.length]).toEqual([exitCodes.unreachable, 2])
  })

  it.each([
    ['SIGINT', exitCodes.interrupted],
    ['SIGTERM', exitCodes.terminated],
  ] as const)('leaves the saga running at %s, and says so', async (reason, expected) => {
    const { code, stderr, requests } = await watch([{ body: saga }], {
      onSleep: (terminal) => terminal.interrupt(reason),
    })
    expect(code).toBe(expected)
    expect(stderr).toContain('The saga goes on. "arcadia saga watch 5a6a0001" shows it again')
    expect(requests.every(({ method }) => method === 'GET')).toBe(true)
  })

  it('asks less often the longer it takes', async () => {
    let slept = 0
    const { requests } = await watch([{ body: saga }], {
      onSleep: (terminal) => {
        slept += 1
        if (slept === 400) terminal.interrupt()
      },
    })
    expect(requests.length).toBeLessThan(200)
  })
})
