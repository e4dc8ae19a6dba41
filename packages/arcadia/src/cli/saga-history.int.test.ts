import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiWorld, adminText, apiWorld } from '../http/testing/api-world.ts'
import { sagasOfTests } from '../http/testing/sagas.ts'
import { until } from '../http/testing/until.ts'
import { exitCodes } from './exit-codes.ts'
import { run } from './program.ts'
import { FakeTerminal } from './testing/fake-terminal.ts'

const { put, sagas } = sagasOfTests()
let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({ sagas })
})
afterAll(() => world.close())

async function arcadia(...argv: string[]) {
  const terminal = new FakeTerminal({ env: { ARCADIA_URL: world.url, ARCADIA_TOKEN: adminText } })
  const code = await run(argv, terminal)
  return { code, stdout: terminal.stdout, stderr: terminal.stderr }
}

async function start(kind: string, ...input: string[]): Promise<string> {
  const { stdout } = await arcadia('saga', 'start', kind, ...input)
  return /\b[0-9a-f]{8}\b/.exec(stdout)?.[0] ?? ''
}

function shown(tag: string, text: string): Promise<string> {
  const show = async () => (await arcadia('saga', 'show', tag)).stdout
  return until(`saga ${tag} shows "${text}"`, show, (stdout) => stdout.includes(text))
}

/** Lines without what is of the moment. */
function timeless(text: string): string[] {
  const lines = text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'T').split('\n')
  return lines.map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))
}

/** The section of what people said. */
function saidOf(stdout: string): string[] {
  const [, after = ''] = stdout.split('What was said\n')
  return timeless(after.split('\n\n')[0] ?? '')
}

describe('what was said of a saga', () => {
  it('is read again: who, when and why', async () => {
    put('gone/the undo')
    const tag = await start('sticky_way_back', 'way=gone')
    expect(await shown(tag, 'waits for')).not.toContain('What was said')
    await arcadia('saga', 'park', tag, '--reason', 'lunch')
    await shown(tag, 'Needs you')
    await arcadia('saga', 'retry', tag)
    await shown(tag, 'Waiting for an answer')
    await arcadia('saga', 'reject', tag, '--reason', 'too late')
    await shown(tag, 'Needs you')
    await arcadia('saga', 'skip', tag, '--reason', 'it may stay')
    const stdout = await shown(tag, 'Left something behind')
    expect(saidOf(stdout)).toEqual([
      'WHEN | WHAT | STEP | BY | WHY',
      'T | parked | admin | lunch',
      'T | let go on (retry) | admin',
      'T | rejected | may_it | admin | too late',
      'T | undo skipped | make_thing | admin | it may stay',
    ])
    const { code, stdout: history, stderr } = await arcadia('saga', 'history', tag)
    expect([code, stderr]).toEqual([exitCodes.ok, ''])
    const lines = timeless(history)
    expect(lines.slice(0, 4)).toEqual([
      `sticky_way_back | ${tag}`,
      '',
      'WHEN | WHAT | STEP | BY | WHY',
      'T | started | admin',
    ])
    expect(lines).toEqual(
      expect.arrayContaining([
        'T | parked | admin | lunch',
        'T | goes back | "may_it" was rejected',
        'T | undo begun | make_thing',
        'T | needs somebody | "make_thing" could not be taken back',
        'T | undo skipped | make_thing | admin | it may stay',
        'T | left something behind',
      ]),
    )
    // Every event has words of its own.
    expect(history).not.toMatch(/\b(run|step|undo|lookup)_/)
  })

  it('is read of an approval and a roll back too', async () => {
    const tag = await start('sticky_way_back')
    await shown(tag, 'waits for')
    await arcadia('saga', 'approve', tag)
    await shown(tag, 'Completed')
    await arcadia('saga', 'rollback', tag, '--yes', '--reason', 'a wrong one')
    expect(saidOf(await shown(tag, 'it was complete, and was rolled back'))).toEqual([
      'WHEN | WHAT | STEP | BY | WHY',
      'T | approved | may_it | admin',
      'T | roll back asked for | admin | a wrong one',
    ])
  })
})

it('a history is paged as other lists are, and given to programs as it is', async () => {
  const tag = await start('approved_change')
  await shown(tag, 'waits for')
  const { stdout, stderr } = await arcadia('saga', 'history', tag, '--limit', '1')
  expect(timeless(stdout).slice(3)).toEqual(['T | started | admin', ''])
  expect(stderr).toBe('There are later ones: --limit 5, or --all.\n')
  const first = JSON.parse((await arcadia('saga', 'history', tag, '--limit', '1', '--json')).stdout)
  expect(first).toMatchObject({ data: [{ seq: 1, type: 'run_created' }], next_cursor: '1' })
  const all = JSON.parse((await arcadia('saga', 'history', tag, '--all', '--json')).stdout)
  expect(all.next_cursor).toBeNull()
  expect(all.data.length).toBeGreaterThan(2)
  await arcadia('saga', 'cancel', tag)
})
