import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiWorld, adminText, apiWorld } from '../http/testing/api-world.ts'
import { exitCodes } from './exit-codes.ts'
import { run } from './program.ts'
import { FakeTerminal, type FakeTerminalOptions } from './testing/fake-terminal.ts'

let world: ApiWorld

beforeAll(async () => {
  world = await apiWorld()
  await world.sync()
})
afterAll(() => world.close())

/** Runs a command against a real control plane. */
async function arcadia(argv: readonly string[], options: FakeTerminalOptions = {}) {
  const env = { ARCADIA_URL: world.url, ARCADIA_TOKEN: adminText, ...options.env }
  const terminal = new FakeTerminal({ ...options, env })
  const code = await run(argv, terminal)
  return { code, stdout: terminal.stdout, stderr: terminal.stderr, terminal }
}

/** The same for a program: what is on standard output is JSON. */
async function arcadiaJson(argv: readonly string[]) {
  const { code, stdout, stderr } = await arcadia([...argv, '--json'])
  expect(stderr).toBe('')
  return { code, body: JSON.parse(stdout) }
}

async function aDroplet(at: number): Promise<{ id: string; external_id: string; name: string }> {
  const { body } = await arcadiaJson(['resources', 'ls', '--kind', 'droplet'])
  return body.data[at]
}

describe('a saga', () => {
  it('is started, watched, listed and shown', async () => {
    const argv = ['saga', 'start', '--step', 'echo', '--step', 'echo', 'message=hello', '--watch']
    const { code, stdout, stderr } = await arcadia(argv)
    expect([code, stderr]).toEqual([exitCodes.ok, ''])
    expect(stdout).toMatch(/^ad_hoc [0-9a-f]{8} {2}Completed after /m)
    const listed = await arcadia(['saga', 'ls', '--kind', 'ad_hoc'])
    expect(listed.stdout).toMatch(/^ID .*\n[0-9a-f]{8} {2}ad_hoc {2}Completed /)
    const tag = listed.stdout.split('\n')[1]?.slice(0, 8) ?? ''
    const shown = await arcadia(['saga', 'show', tag])
    expect(shown.stdout).toContain('{"echoed_at_step_0": "hello", "echoed_at_step_1": "hello"}')
  })

  it('that goes back ends with 1, and says which step it was', async () => {
    const argv = ['saga', 'start', '--step', 'echo', '--step', 'fail', 'message=hello', '--watch']
    const { code, stdout } = await arcadia(argv)
    expect(code).toBe(exitCodes.failed)
    expect(stdout).toContain('↩ echo  Undone')
    expect(stdout).toMatch(/Rolled back after .*\n {2}the step "fail" failed/)
  })

  it('that has ended cannot be cancelled', async () => {
    const { body } = await arcadiaJson(['saga', 'ls', '--status', 'rolled_back'])
    const { code, stderr } = await arcadia(['saga', 'cancel', body.data[0].tag])
    expect(code).toBe(exitCodes.refused)
    expect(stderr).toContain('error: ')
  })

  it('is refused with the faults of its input', async () => {
    const { code, stderr } = await arcadia(['saga', 'start', 'snapshot_droplet', 'droplet_id=x'])
    expect(code).toBe(exitCodes.usage)
    expect(stderr).toContain('droplet_id')
  })
})

describe('the inventory', () => {
  it('is synced, with what was found of each kind', async () => {
    const { code, stdout } = await arcadia(['sync'])
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toMatch(/^KIND +SYNC +SEEN +CREATED +CHANGED +DELETED$/m)
    expect(stdout).toMatch(/^droplets +Complete +\d+ +0 +0 +0$/m)
  })

  it('is synced in one document for a program, or not waited for', async () => {
    const waited = await arcadiaJson(['sync', '--kind', 'droplet'])
    expect(waited.body).toMatchObject({ kind: 'sync_account', status: 'completed' })
    const { code, body } = await arcadiaJson(['sync', '--no-wait'])
    expect([code, body.kind]).toEqual([exitCodes.ok, 'sync_account'])
  })

  it('shows a resource by its name, with what has happened to it', async () => {
    const { name, external_id: id } = await aDroplet(0)
    const { stdout } = await arcadia(['resources', 'show', `droplet/${name}`])
    expect(stdout).toContain(`droplet  ${name}`)
    expect(stdout).toMatch(new RegExp(`cloud's id +${id}`))
    expect(stdout).toMatch(/first seen\n*$/)
  })
})

describe('drift', () => {
  it('is none at first, opens, is explained, and is kept', async () => {
    const planned = await arcadia(['baseline', '--kind', 'droplet', '--dry-run'])
    expect(planned.stdout).toMatch(/^\d+ resources would be recorded of \d+ that match/)
    expect((await arcadia(['baseline', '--kind', 'droplet'])).code).toBe(exitCodes.ok)
    const none = await arcadia(['drift', 'detect'])
    expect([none.code, none.stderr]).toEqual([exitCodes.ok, 'No difference is open.\n'])

    const droplet = await aDroplet(1)
    await world.behindOurBack(`/droplets/${droplet.external_id}`, { name: 'renamed-01' })
    await arcadia(['sync'])
    const found = await arcadia(['drift', 'detect'])
    expect(found.code).toBe(exitCodes.drift)
    expect(found.stdout).toContain('renamed-01')
    expect((await arcadia(['drift', 'ls'])).code).toBe(exitCodes.drift)

    const shown = await arcadia(['drift', 'show', 'renamed-01'])
    expect(shown.code).toBe(exitCodes.ok)
    expect(shown.stdout).toContain(`asked for  "${droplet.name}"`)
    expect(shown.stdout).toContain('live       "renamed-01"')
    expect(shown.stdout).toMatch(/Keep live {2}arcadia drift accept [0-9a-f]{8}/)

    const moved = await arcadia(['drift', 'accept', 'renamed-01', '--expect-actual', '"other"'])
    expect(moved.code).toBe(exitCodes.refused)
    const kept = await arcadia(['drift', 'accept', 'renamed-01'])
    expect([kept.code, kept.stderr]).toEqual([exitCodes.ok, ''])
    expect(kept.stdout).toContain('asked for is renamed-01 now (version 2)')
    expect(await arcadiaJson(['drift', 'ls'])).toMatchObject({ code: 0, body: { data: [] } })
    const history = await arcadia(['drift', 'ls', '--status', 'accepted'])
    expect([history.code, history.stdout]).toEqual([
      exitCodes.ok,
      expect.stringContaining('Kept live'),
    ])
    expect(history.stderr).not.toContain('drift accept')
    // What is listed can be shown by what the list calls it, and refuses in the API's words.
    const short = history.stdout.split('\n')[1]?.slice(0, 8) ?? ''
    expect((await arcadia(['drift', 'show', short])).stdout).toContain('Kept live')
    const again = await arcadia(['drift', 'accept', short])
    expect([again.code, again.stderr]).toEqual([
      exitCodes.refused,
      expect.stringContaining('It was kept already'),
    ])
  })
})

describe('a schedule', () => {
  it('is listed, paused, resumed, and run by hand', async () => {
    const { stdout } = await arcadia(['schedule', 'ls'])
    expect(stdout).toMatch(/^NAME +STARTS +AT +(LAST +)?NEXT$/m)
    expect(stdout).toMatch(/^sync +sync_account +15 \* \* \* \* UTC +/m)
    const times = await arcadia(['schedule', 'next', 'sync', '--count', '2'])
    expect(times.stdout).toMatch(/^(\d{4}-\d\d-\d\d \d\d:15:00 UTC .*\n){2}$/)
    const paused = await arcadia(['schedule', 'pause', 'sync'])
    expect([paused.code, paused.stdout]).toEqual([
      exitCodes.ok,
      expect.stringMatching(/^sync .* paused .* by admin$/m),
    ])
    const none = await arcadia(['schedule', 'next', 'sync'])
    expect([none.stdout, none.stderr]).toEqual(['', expect.stringContaining('It is paused')])
    const started = await arcadia(['schedule', 'run', 'sync', '--key', 'by-hand'])
    const tag = /^sync_account {2}([0-9a-f]{8})/.exec(started.stdout)?.[1] ?? ''
    expect((await arcadia(['saga', 'watch', tag])).code).toBe(exitCodes.ok)
    const again = await arcadia(['schedule', 'run', 'sync', '--key', 'by-hand'])
    expect([again.code, again.stdout]).toEqual([exitCodes.ok, expect.stringContaining(tag)])
    const resumed = await arcadia(['schedule', 'resume', 'sync'])
    expect([resumed.code, resumed.stdout]).toEqual([
      exitCodes.ok,
      expect.not.stringContaining('paused'),
    ])
  })

  it('that is not there is told by its name', async () => {
    const { code, stderr } = await arcadia(['schedule', 'pause', 'nightly'])
    expect([code, stderr]).toEqual([
      exitCodes.usage,
      expect.stringContaining('There is no schedule "nightly"'),
    ])
  })
})

describe('safety', () => {
  it('an account that is read-only, and a frozen program, refuse changes with 4', async () => {
    const { external_id: id } = await aDroplet(0)
    const change = ['saga', 'start', 'snapshot_droplet', `droplet_id=${id}`]
    const disabled = await arcadia(['account', 'disable-writes'])
    expect(disabled.stdout).toContain('not allowed: read-only')
    const readOnly = await arcadia(change)
    expect([readOnly.code, readOnly.stderr]).toEqual([
      exitCodes.refused,
      expect.stringContaining('arcadia account enable-writes'),
    ])
    expect((await arcadia(['account', 'enable-writes'])).code).toBe(exitCodes.refused)
    const enabled = await arcadia(['account', 'enable-writes'], { answers: ['y'] })
    expect(enabled.stdout).toContain('changes     allowed')

    const frozen = await arcadia(['freeze', '--reason', 'incident 4711'])
    expect(frozen.stdout).toContain('Frozen since')
    const refused = await arcadia(change)
    expect([refused.code, refused.stderr]).toEqual([
      exitCodes.refused,
      expect.stringContaining('incident 4711'),
    ])
    expect((await arcadia(['account', 'show'])).stdout).toContain('incident 4711')
    expect((await arcadia(['resume'])).stdout).toContain('Not frozen')
  })
})

describe('tokens', () => {
  it('are made, may what their role may, and are worthless once revoked', async () => {
    const made = await arcadia(['token', 'create', 'ci', '--role', 'viewer'])
    const env = { ARCADIA_TOKEN: made.stdout.trim() }
    expect((await arcadia(['resources', 'ls'], { env })).code).toBe(exitCodes.ok)
    const drift = await arcadia(['drift', 'ls'], { env })
    expect([drift.code, drift.stderr]).toEqual([
      exitCodes.refused,
      expect.stringContaining('platform_admin'),
    ])
    expect((await arcadia(['token', 'revoke', 'ci'])).code).toBe(exitCodes.ok)
    const revoked = await arcadia(['resources', 'ls'], { env })
    expect(revoked.code).toBe(exitCodes.unreachable)
    expect(revoked.stderr).not.toContain(made.stdout.trim())
    const listed = await arcadia(['token', 'ls'])
    expect(listed.stdout).toMatch(/^[0-9a-f]{8} {2}ci +viewer/m)
    expect(listed.stdout).not.toContain(made.stdout.trim())
  })
})
