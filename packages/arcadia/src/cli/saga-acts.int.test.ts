import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sagaSchema } from '../http/schemas/saga.ts'
import { type ApiWorld, adminText, apiWorld } from '../http/testing/api-world.ts'
import { sagasOfTests } from '../http/testing/sagas.ts'
import { until } from '../http/testing/until.ts'
import { exitCodes } from './exit-codes.ts'
import { run } from './program.ts'
import { FakeTerminal, type FakeTerminalOptions } from './testing/fake-terminal.ts'

const { put, clear, sagas } = sagasOfTests()
let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({ sagas })
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

/** Starts a saga; its tag. */
async function start(kind: string, ...input: string[]): Promise<string> {
  const { stdout } = await arcadia(['saga', 'start', kind, ...input])
  return /\b[0-9a-f]{8}\b/.exec(stdout)?.[0] ?? ''
}

/** What `saga show` says of it, once it says this. */
function shown(tag: string, text: string): Promise<string> {
  const show = async () => (await arcadia(['saga', 'show', tag])).stdout
  return until(`saga ${tag} shows "${text}"`, show, (stdout) => stdout.includes(text))
}

/** The commands that it offers. */
function offered(stdout: string): string[] {
  return [...stdout.matchAll(/arcadia (saga \w+ .*)$/gm)].map(([, command = '']) => command)
}

/** What can be done about it is what `show` prints, word by word. */
async function offer(stdout: string, verb: string, words: Readonly<Record<string, string>> = {}) {
  const command = offered(stdout).find((line) => line.startsWith(`saga ${verb} `))
  if (command === undefined) throw new Error(`${verb} is not offered: ${stdout}`)
  return arcadia(command.split(' ').map((word) => words[word] ?? word))
}

describe('a saga that waits for an approval', () => {
  it('says so, with what can be done, and goes on when it is approved', async () => {
    const tag = await start('approved_change')
    const stdout = await shown(tag, 'waits for')
    expect(stdout).toMatch(/waits for +the approval may_it$/m)
    expect(offered(stdout)).toEqual([
      `saga approve ${tag}`,
      `saga reject ${tag} --reason WHY`,
      `saga cancel ${tag}`,
      `saga park ${tag} --reason WHY`,
    ])
    const approved = await offer(stdout, 'approve')
    expect([approved.code, approved.stderr]).toEqual([exitCodes.ok, ''])
    expect(approved.stdout).toBe(
      `approved_change  ${tag}  approved\nIt goes on; "arcadia saga watch ${tag}" follows it.\n`,
    )
    expect((await arcadia(['saga', 'watch', tag])).code).toBe(exitCodes.ok)
  })

  it('is told what it asks for, in JSON', async () => {
    const tag = await start('approved_change')
    await shown(tag, 'waits for')
    const argv = ['saga', 'approve', tag, '--payload']
    const broken = await arcadia([...argv, '{size'])
    expect([broken.code, broken.stderr]).toEqual([
      exitCodes.usage,
      expect.stringContaining('--payload is not JSON.'),
    ])
    const wrong = await arcadia([...argv, '{"size": "XL"}'])
    expect([wrong.code, wrong.stderr]).toEqual([
      exitCodes.usage,
      expect.stringContaining('The payload of "may_it" is not valid: size'),
    ])
    const { stdout } = await arcadia([...argv, '{"size": 4}', '--json'])
    expect(sagaSchema.parse(JSON.parse(stdout))).toMatchObject({ tag })
    await shown(tag, '"may_it": {"by": "admin", "payload": {"size": 4}}')
  })

  it('goes back when it is rejected, and says why', async () => {
    const tag = await start('approved_change')
    await offer(await shown(tag, 'waits for'), 'reject', { WHY: 'too late' })
    const { code, stdout } = await arcadia(['saga', 'watch', tag])
    expect(code).toBe(exitCodes.failed)
    expect(stdout).toContain('"may_it" was rejected (too late)')
  })

  it('names each of several', async () => {
    const tag = await start('two_answers')
    const stdout = await shown(tag, 'the approvals may_it_begin, may_it_cost')
    expect(stdout).toMatch(/0 {2}┌ {2}may_it_begin/)
    expect(stdout).toMatch(/1 {2}└ {2}may_it_cost/)
    const both = await arcadia(['saga', 'approve', tag])
    expect([both.code, both.stderr]).toEqual([
      exitCodes.refused,
      expect.stringContaining('may_it_begin, may_it_cost'),
    ])
    await offer(stdout, 'approve')
    await offer(await shown(tag, 'the approval may_it_cost'), 'approve')
    await shown(tag, `${tag}  Completed`)
  })

  it('is shown as refused, with the reason, while all is frozen', async () => {
    const tag = await start('approved_change')
    await shown(tag, 'waits for')
    await arcadia(['freeze', '--reason', 'incident 7'])
    const stdout = await shown(tag, 'no: all cloud writes were frozen by admin (incident 7)')
    expect(offered(stdout)[0]).toBe(`saga reject ${tag} --reason WHY`)
    const { code, stderr } = await arcadia(['saga', 'approve', tag])
    expect([code, stderr]).toEqual([exitCodes.refused, expect.stringContaining('incident 7')])
    await arcadia(['resume'])
    await arcadia(['saga', 'cancel', tag])
  })
})

it('a saga that waits for a signal is sent it', async () => {
  const tag = await start('told_change')
  const stdout = await shown(tag, 'waits for')
  expect(stdout).toMatch(/waits for +the signal dns_moved$/m)
  expect(offered(stdout)[0]).toBe(`saga signal ${tag} dns_moved`)
  const sent = await arcadia(['saga', 'signal', tag, 'dns_moved', '--payload', '"to 10.0.0.1"'])
  expect([sent.code, sent.stdout]).toEqual([exitCodes.ok, expect.stringContaining('signal sent')])
  await shown(tag, '"payload": "to 10.0.0.1"')
})

describe('a saga that needs somebody', () => {
  it('says why, and what can be done, each of which works as printed', async () => {
    put('words/a closed door')
    const tag = await start('sticky_way_on', 'way=words')
    const stdout = await shown(tag, 'Needs you')
    expect(stdout).toContain(
      'it needs you: the step "tell_about_thing" failed (a closed door stands in the way), where there is no way back any more',
    )
    expect(offered(stdout)).toEqual([
      `saga retry ${tag}`,
      `saga skip ${tag} --reason WHY`,
      `saga resolve ${tag} --reason HOW`,
      `saga abandon ${tag} --reason WHY`,
    ])
    const watched = await arcadia(['saga', 'watch', tag])
    expect([watched.code, watched.stderr]).toEqual([
      exitCodes.failed,
      expect.stringContaining(`"arcadia saga show ${tag}" says what can be done`),
    ])
    clear('words/a closed door')
    expect((await offer(stdout, 'retry')).stdout).toContain('retry asked for')
    await shown(tag, `${tag}  Completed`)
  })

  it.each([
    ['skip', [], '- Skipped'],
    ['resolve', ['--output', '{"told": "by ann"}'], '"told": "by ann"'],
  ])('goes on by %s', async (act, more, result) => {
    put(`${act}/a closed door`)
    const tag = await start('sticky_way_on', `way=${act}`)
    await shown(tag, 'Needs you')
    const without = await arcadia(['saga', act, tag])
    expect([without.code, without.stderr]).toEqual([
      exitCodes.usage,
      expect.stringContaining("required option '--reason <reason>'"),
    ])
    expect((await arcadia(['saga', act, tag, '--reason', 'x', ...more])).code).toBe(exitCodes.ok)
    await shown(tag, result)
  })

  it('on its way back, is given up, and says what it leaves behind', async () => {
    put('left/the undo')
    const tag = await start('sticky_way_back', 'way=left')
    await offer(await shown(tag, 'waits for'), 'reject', { WHY: 'no' })
    const stdout = await shown(tag, 'Needs you')
    expect(stdout).toContain('"make_thing" could not be taken back (the undo stands in the way)')
    expect(stdout).toMatch(/Leave its effect +arcadia saga skip/)
    await offer(stdout, 'abandon', { WHY: 'stays' })
    const left = await shown(tag, 'Left something behind')
    expect(left).toContain('"may_it" was rejected (no); left behind: make_thing')
    expect(offered(left)).toEqual([])
  })

  it('is parked by hand, and let go on', async () => {
    const tag = await start('sticky_way_back')
    await offer(await shown(tag, 'waits for'), 'park', { WHY: 'lunch' })
    const stdout = await shown(tag, 'Needs you')
    expect(stdout).toContain('it was parked (lunch)')
    const again = await arcadia(['saga', 'park', tag, '--reason', 'dinner'])
    expect([again.code, again.stderr]).toEqual([
      exitCodes.refused,
      expect.stringContaining('it is parked already (lunch).'),
    ])
    await offer(stdout, 'retry')
    await offer(await shown(tag, 'Waiting for an answer'), 'approve')
    await shown(tag, `${tag}  Completed`)
  })
})

describe('a saga that is complete', () => {
  it('is rolled back by who says yes, and by nobody else', async () => {
    const tag = await start('sticky_way_back')
    await offer(await shown(tag, 'waits for'), 'approve')
    const stdout = await shown(tag, `${tag}  Completed`)
    expect(offered(stdout)).toEqual([`saga rollback ${tag}`])
    for (const answers of [[], ['n']]) {
      const { code, stderr } = await arcadia(['saga', 'rollback', tag], { answers })
      expect([code, stderr]).toEqual([exitCodes.refused, expect.stringContaining(tag)])
    }
    const asked = await arcadia(['saga', 'rollback', tag], { answers: ['y'] })
    expect(asked.terminal.questions).toEqual([
      expect.stringContaining(`sticky_way_back ${tag} did will be taken back: make_thing, may_it.`),
    ])
    expect(asked.code).toBe(exitCodes.ok)
    await shown(tag, 'it was complete, and was rolled back')
    const again = await arcadia(['saga', 'rollback', tag, '--yes'])
    expect([again.code, again.stderr]).toEqual([
      exitCodes.refused,
      expect.stringContaining('it has ended (rolled_back)'),
    ])
  })

  it('past its point of no return is refused without a question', async () => {
    const tag = await start('sticky_way_on')
    const stdout = await shown(tag, `${tag}  Completed`)
    expect(stdout).toContain('no: it has passed its point of no return')
    const { code, terminal } = await arcadia(['saga', 'rollback', tag], { answers: ['y'] })
    expect([code, terminal.questions]).toEqual([exitCodes.refused, []])
  })
})

it('a saga that waits for another names it, lists it, and is named by it', async () => {
  const tag = await start('family')
  const stdout = await shown(tag, 'waits for')
  const child = /waits for +saga ([0-9a-f]{8}) \(approved_change\)/.exec(stdout)?.[1] ?? ''
  expect(stdout).toMatch(new RegExp(`^ {2}${child} {2}approved_change `, 'm'))
  const below = await shown(child, 'waits for')
  expect(below).toMatch(new RegExp(`part of +saga ${tag}$`, 'm'))
  await offer(below, 'approve')
  await shown(tag, `${tag}  Completed`)
})

it('a saga that waits for a lock says who has it', async () => {
  const first = await start('locked_change')
  await shown(first, 'waits for')
  const second = await start('locked_change')
  const stdout = await shown(second, 'Waiting for a lock')
  expect(stdout).toMatch(new RegExp(`waits for +a/thing/1, which saga ${first} holds$`, 'm'))
  for (const tag of [first, second]) await arcadia(['saga', 'cancel', tag])
})

describe('saga preview', () => {
  it('shows every step with what takes it back, and starts nothing', async () => {
    const count = async () => {
      const { stdout: listed } = await arcadia(['saga', 'ls', '--all', '--json'])
      return JSON.parse(listed).data.length
    }
    const before = await count()
    const argv = ['saga', 'preview', 'delete_droplet', 'droplet_id=7', 'snapshot=true']
    const { code, stdout, stderr } = await arcadia(argv)
    expect(code).toBe(exitCodes.ok)
    expect(stdout.split('\n')).toEqual([
      'delete_droplet  version 1, 4 steps',
      '',
      '  #  STEP               WHAT IT DOES            TAKEN BACK BY',
      '  0  read_droplet       only reads              nothing to take back',
      '  1  snapshot_if_asked  changes something       its undo',
      '  2  delete_droplet     changes something       no way back',
      '  3  forget_droplet     writes to the database  nothing to take back',
      '',
      `  locks     ${world.account.id}/droplet/7`,
      '  way back  until "delete_droplet" (step 2); from there it only goes forward',
      '',
    ])
    expect(stderr).toContain('Nothing was started')
    expect(await count()).toBe(before)
  })

  it('holds together what runs at once, and shows the steps of another saga below it', async () => {
    const { stdout } = await arcadia(['saga', 'preview', 'two_answers'])
    expect(stdout).toContain('  0  ┌ may_it_begin  waits for an approval  nothing to take back')
    expect(stdout).toContain('  1  └ may_it_cost ')
    expect(stdout).toContain('  at once   what a bracket holds together')
    const family = (await arcadia(['saga', 'preview', 'family'])).stdout
    expect(family).toMatch(/0 +approved_change +starts the saga approved_change +the undos of/)
    expect(family).toMatch(/0\.1 +may_it +waits for an approval/)
    expect(family).toContain('from every step: all of it can be taken back')
  })

  it('gives the body to programs, and refuses wrong input', async () => {
    const argv = ['saga', 'preview', 'delete_droplet', '--input', '{"droplet_id": 7}', '--json']
    expect(JSON.parse((await arcadia(argv)).stdout)).toMatchObject({ point_of_no_return: 2 })
    const wrong = await arcadia(['saga', 'preview', 'delete_droplet', 'droplet_id=x'])
    expect([wrong.code, wrong.stderr]).toEqual([
      exitCodes.usage,
      expect.stringContaining('droplet_id'),
    ])
  })
})

it('sagas of several statuses are listed', async () => {
  const { code, stdout } = await arcadia(['saga', 'ls', '--status', 'completed,failed', '--all'])
  expect(code).toBe(exitCodes.ok)
  expect(stdout).toMatch(/Completed/)
  expect(stdout).toMatch(/Left something behind/)
  expect(stdout).not.toMatch(/Rolled back/)
})

it('sagas that no worker can run are shown, with what they lack', async () => {
  const none = await arcadia(['saga', 'stranded'])
  expect([none.code, none.stdout, none.stderr]).toEqual([
    exitCodes.ok,
    '',
    'Every saga that is due has a worker that knows it.\n',
  ])
  const { id } = await world.engine.startAdHoc([{ name: 'echo' }], {}, { reservedFor: 'w-7' })
  const { stdout } = await arcadia(['saga', 'stranded'])
  expect(stdout).toMatch(/^KIND +VERSION +COUNT +DUE SINCE +LACKS$/m)
  expect(stdout).toMatch(/^ad_hoc +\d+ +1 +.* +the worker w-7$/m)
  await world.pool.query('delete from saga.saga_runs where id = $1', [id])
})

it('a priority is asked for at the start, and shown', async () => {
  const { stdout } = await arcadia(['saga', 'start', 'approved_change', '--priority', 'high'])
  const tag = /\b[0-9a-f]{8}\b/.exec(stdout)?.[0] ?? ''
  expect(await shown(tag, 'waits for')).toMatch(/priority +high$/m)
  await arcadia(['saga', 'cancel', tag])
  const wrong = await arcadia(['saga', 'start', 'approved_change', '--priority', 'urgent'])
  expect([wrong.code, wrong.stderr]).toEqual([
    exitCodes.usage,
    expect.stringContaining('Allowed choices are high, normal, low'),
  ])
})
