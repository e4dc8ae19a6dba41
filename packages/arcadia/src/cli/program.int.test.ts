import { describe, expect, it } from 'vitest'
import { exitCodes } from './exit-codes.ts'
import { run } from './program.ts'
import { ago, driftOf, explanationOf, resourceOf, sagaOf, stepOf, uuid } from './testing/bodies.ts'
import { FakeTerminal, type FakeTerminalOptions } from './testing/fake-terminal.ts'
import { page, type Script, scriptedApi } from './testing/scripted-api.ts'

const token = 'arc_a-token-of-these-tests'

/** Runs a command against an API that answers as the test has written down. */
async function command(argv: readonly string[], script: Script, options: FakeTerminalOptions = {}) {
  const api = await scriptedApi(script)
  const env = { ARCADIA_URL: api.url, ARCADIA_TOKEN: token, ...options.env }
  const terminal = new FakeTerminal({ ...options, env })
  const code = await run(argv, terminal)
  expect(terminal.stdout + terminal.stderr).not.toContain(token)
  return { code, ...api, terminal, stdout: terminal.stdout, stderr: terminal.stderr }
}

const saga = sagaOf()
const sagaPath = `/sagas/${saga.id}`
const completed = sagaOf({
  status: 'completed',
  ended_at: ago(2),
  steps: [stepOf(0, 'read_droplet', 'completed')],
})

describe('the command line', () => {
  it.each([
    [['nothing'], "unknown command 'nothing'"],
    [['saga', 'shoe'], '(Did you mean show?)'],
    [['saga', 'show'], "missing required argument 'id'"],
    [['saga', 'ls', '--limit', '0'], 'It must be a whole number from 1.'],
    [['freeze'], "required option '--reason <reason>' not specified"],
    [['saga', 'start'], 'Neither a kind of saga nor a step was given.'],
    [['saga', 'start', 'a_kind', '--step', 'echo'], 'Both a kind ("a_kind") and steps'],
    [[], 'Usage: arcadia'],
    [['saga'], 'Usage: arcadia saga'],
  ])('%j is wrong usage, and asks nothing of the server', async (argv, message) => {
    const { code, stdout, stderr, requests } = await command(argv, {})
    expect(code).toBe(exitCodes.usage)
    expect(stderr).toContain(message)
    expect([stdout, requests]).toEqual(['', []])
  })

  it('tells in its help what the exit codes mean', async () => {
    const { code, stdout } = await command(['--help'], {})
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toMatch(/Exit codes:\n {2}0 +done[^1]+\n {2}1 +not done/)
    expect(stdout).toContain('there is open drift')
    expect(stdout).toMatch(/0 +done; serve, worker or simulate was stopped,/)
  })

  it.each(['serve', 'worker', 'migrate'])('offers the settings to %s', async (name) => {
    const { stdout } = await command([name, '--help'], {})
    expect(stdout).toContain('--data-dir <value>')
    expect(stdout).toContain('DATABASE_URL')
    expect(stdout).not.toContain('--database-url')
  })

  it('counts a wrong setting as wrong usage', async () => {
    const { code, stderr } = await command(['serve', '--port', 'abc'], {})
    expect(code).toBe(exitCodes.usage)
    expect(stderr).toMatch(/^error: --port \(PORT\) is "abc"; it must be/)
  })
})

describe('--json', () => {
  it("gives the API's body unchanged, in one document", async () => {
    const body = { data: [{ ...saga, something_new: { b: 1, a: [null] } }], next_cursor: 'more' }
    const { stdout, requests } = await command(['saga', 'ls', '--limit', '1', '--json'], {
      'GET /sagas': { body },
    })
    expect(JSON.parse(stdout)).toEqual(body)
    expect(Object.keys(JSON.parse(stdout).data[0])).toEqual(Object.keys(body.data[0] ?? {}))
    expect(requests).toMatchObject([{ path: '/sagas?limit=1', token }])
  })

  it('joins the pages of --all', async () => {
    const other = { ...saga, id: uuid('5a6a0002') }
    const { stdout, requests } = await command(['saga', 'ls', '--all', '--json'], {
      'GET /sagas': [page([saga], 'c1'), page([other])],
    })
    expect(JSON.parse(stdout)).toEqual({ data: [saga, other], next_cursor: null })
    expect(requests.map(({ path }) => path)).toEqual([
      '/sagas?limit=200',
      '/sagas?limit=200&cursor=c1',
    ])
  })

  it('gives the problem too, beside the words for people', async () => {
    const { code, stdout, stderr } = await command(['resume', '--json'], {
      'POST /resume': {
        problem: 403,
        detail: 'the role viewer may not do this',
        code: 'forbidden',
      },
    })
    expect(code).toBe(exitCodes.refused)
    expect(JSON.parse(stdout)).toMatchObject({ status: 403, code: 'forbidden' })
    expect(stderr).toContain('The role viewer may not do this.')
  })

  it('of a watched saga is a line a change', async () => {
    const waiting = { ...saga, status: 'waiting', waits_for: 'time', wake_at: ago(-1), steps: [] }
    const { code, stdout } = await command(['saga', 'watch', saga.id, '--json'], {
      [`GET ${sagaPath}`]: [
        { body: waiting },
        { body: { ...waiting, wake_at: ago(-2) } },
        { body: waiting },
        { body: completed },
      ],
    })
    expect(code).toBe(exitCodes.ok)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([waiting, completed])
  })
})

describe('ids', () => {
  const rows = [sagaOf(), sagaOf({ id: uuid('5a6a0002'), tag: '5a6a0002', kind: 'ad_hoc' })]
  const list = { 'GET /sagas': page(rows), [`GET ${sagaPath}`]: { body: completed } }

  it.each([saga.id, saga.id.toUpperCase(), '5a6a0001'])('%s means the saga', async (given) => {
    const { code, stdout } = await command(['saga', 'show', given], list)
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toContain(saga.id)
  })

  it('that mean several are refused, and the several named', async () => {
    const { code, stderr } = await command(['saga', 'show', '01952f00'], list)
    expect(code).toBe(exitCodes.usage)
    expect(stderr).toContain('"01952f00" may mean 2 sagas')
    expect(stderr).toContain('5a6a0002  ad_hoc, running')
  })

  it('that mean none are refused, and no shorter ones than four digits guessed at', async () => {
    for (const given of ['ffff0000', '019']) {
      const { code, stderr } = await command(['saga', 'cancel', given], list)
      expect([code, stderr]).toEqual([
        exitCodes.usage,
        `error: There is no saga "${given}".\n       "arcadia saga ls" shows which there are.\n`,
      ])
    }
  })

  it("of resources are their names, or the cloud's ids, too", async () => {
    const twin = resourceOf({ id: uuid('4e500002'), external_id: '99', name: 'web-01' })
    const api = {
      'GET /resources': page([resourceOf(), twin]),
      [`GET /resources/${uuid('4e500002')}`]: { body: { ...twin, provisioned: null } },
      [`GET /resources/${uuid('4e500002')}/events`]: page([]),
    }
    const shown = await command(['resources', 'show', '99'], api)
    expect(shown.stdout).toContain('droplet  web-01')
    const { code, stderr } = await command(['resources', 'show', 'WEB-01'], api)
    expect(code).toBe(exitCodes.usage)
    expect(stderr).toContain('droplet web-01 (99)')
  })
})

describe('drift that is closed', () => {
  const closed = [
    driftOf({ status: 'stale' }),
    driftOf({ id: uuid('d41f0002'), status: 'accepted' }),
  ]
  const [newest = driftOf(), older = driftOf()] = closed
  const lists = { 'GET /drift': [page([]), page(closed)] }
  const explained = (drift: ReturnType<typeof driftOf>) => ({
    [`GET /drift/${drift.id}`]: { body: explanationOf({}, drift) },
  })

  it('is found by its short id where none waits that is called so', async () => {
    const script = { ...lists, ...explained(older) }
    const { code, stdout, requests } = await command(['drift', 'show', 'd41f0002'], script)
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toContain('Kept live')
    expect(requests.slice(0, 2).map(({ path }) => path)).toEqual([
      '/drift?status=open%2Creview%2Creverting&limit=200',
      '/drift?status=accepted%2Creverted%2Cstale%2Cignored&limit=200',
    ])
  })

  it('of a name is the newest', async () => {
    const script = { ...lists, ...explained(newest) }
    const { code, stdout } = await command(['drift', 'show', 'web-01'], script)
    expect([code, stdout]).toEqual([exitCodes.ok, expect.stringContaining('Fixed elsewhere')])
  })

  it('is not guessed at by a beginning that several share', async () => {
    const { code, stderr } = await command(['drift', 'show', '01952f00'], lists)
    expect(code).toBe(exitCodes.usage)
    expect(stderr).toContain('may mean 2 differences')
  })

  it('is refused by the API, without a name being asked for what is not forgotten', async () => {
    const missing = driftOf({ status: 'accepted', type: 'missing', field: null })
    const detail = 'it was kept already: what is live is what is asked for'
    const { code, stderr, terminal } = await command(
      ['drift', 'accept', 'd41f0001'],
      {
        'GET /drift': [page([]), page([missing])],
        ...explained(missing),
        [`POST /drift/${missing.id}/accept`]: { problem: 409, detail, code: 'drift_act_refused' },
      },
      { answers: ['web-01'] },
    )
    expect([code, terminal.questions]).toEqual([exitCodes.refused, []])
    expect(stderr).toContain('It was kept already')
  })
})

describe('no open drift', () => {
  const account = { id: uuid('acc0000001'), provider: 'digitalocean', name: 'production' }
  const rest = { team_uuid: null, simulated: true, writes_enabled: true, writes_changed_by: null }
  const api = { 'GET /drift': page([]), 'GET /accounts': page([{ ...account, ...rest }]) }

  it.each([
    ['was read', [{ kind: 'droplet', status: 'complete' }], ''],
    ['was ever read', [], 'Nothing of the cloud was read yet: "arcadia sync" reads it'],
  ])('is said to be no more than that where something %s (%#)', async (_, syncs, hint) => {
    const script = { ...api, 'GET /syncs': page(syncs) }
    const { code, stderr, requests } = await command(['drift', 'ls'], script)
    expect(code).toBe(exitCodes.ok)
    expect(stderr.split('\n')[0]).toBe('No difference is open.')
    expect(stderr.split('\n')[1]).toContain(hint)
    // The API takes no other parameter there.
    expect(requests.at(-1)?.path).toBe(`/syncs?account_id=${account.id}`)
  })
})

describe('starting a saga', () => {
  it('sends its kind, its input and its key', async () => {
    const argv = ['saga', 'start', 'snapshot_droplet', 'droplet_id=42', '--key', 'k1']
    const { code, requests, stdout } = await command(argv, { 'POST /sagas': { body: saga } })
    expect(code).toBe(exitCodes.ok)
    expect(requests[0]?.body).toEqual({
      kind: 'snapshot_droplet',
      input: { droplet_id: 42 },
      idempotency_key: 'k1',
    })
    expect(stdout).toBe('snapshot_droplet  5a6a0001  Running\n')
  })

  it('sends the steps of a plan of its own, in their order', async () => {
    const steps = ['--step', 'echo', '--step', 'echo={"message": "b"}', '--step', 'fail']
    const argv = ['saga', 'start', ...steps, 'message=a']
    const { requests } = await command(argv, { 'POST /sagas': { body: saga } })
    expect(requests[0]?.body).toEqual({
      steps: [{ name: 'echo' }, { name: 'echo', input: { message: 'b' } }, { name: 'fail' }],
      input: { message: 'a' },
    })
  })

  it('fails at once when the key started one that has failed', async () => {
    const body = sagaOf({ status: 'rolled_back', ended_at: ago(5) })
    const argv = ['saga', 'start', 'snapshot_droplet', '--key', 'k1']
    const { code } = await command(argv, { 'POST /sagas': { body } })
    expect(code).toBe(exitCodes.failed)
  })
})

describe('saga start delete_droplet', () => {
  const argv = ['saga', 'start', 'delete_droplet', 'droplet_id=42']
  const api = { 'POST /sagas': { body: sagaOf({ kind: 'delete_droplet' }) } }

  it.each([[['n']], [['']], [[]]])('deletes nothing when the answer is %j', async (answers) => {
    const { code, requests, stderr } = await command(argv, api, { answers })
    expect([code, requests]).toEqual([exitCodes.refused, []])
    expect(stderr).toContain('droplet 42')
  })

  it.each([
    [[], 'No snapshot is taken first; snapshot=true takes one.'],
    [['snapshot=true'], 'A snapshot is taken first, and kept.'],
  ])('given %j, asks and says whether there will be a backup', async (more, words) => {
    const asked = await command([...argv, ...more], api, { answers: ['y'] })
    expect(asked.code).toBe(exitCodes.ok)
    expect(asked.terminal.questions).toEqual([
      `The droplet 42 will be deleted, and there is no way back.\n${words}\nDelete it? [y/N] `,
    ])
    const said = await command([...argv, ...more, '--yes'], api)
    expect([said.code, said.terminal.questions, said.requests.length]).toEqual([0, [], 1])
  })
})

describe('what is frozen', () => {
  const state = { frozen: true, reason: 'incident 7', changed_at: ago(9), changed_by: 'ann' }
  const frozen = { 'GET /freeze': { body: state } }
  const waiting = sagaOf({ status: 'waiting', waits_for: 'time', wake_at: ago(0), steps: [] })

  it.each([
    [['saga', 'ls'], { 'GET /sagas': page([waiting]) }, true],
    [['saga', 'ls'], { 'GET /sagas': page([]) }, true],
    [['saga', 'show', saga.id], { [`GET ${sagaPath}`]: { body: waiting } }, true],
    [['saga', 'show', saga.id], { [`GET ${sagaPath}`]: { body: completed } }, false],
  ])('is said by %j where it matters (%#)', async (argv, script, isSaid) => {
    const line = 'Frozen (incident 7): no change leaves for any cloud until "arcadia resume".'
    const { code, stdout, stderr } = await command(argv, { ...frozen, ...script })
    expect([code, stderr.includes(line)]).toEqual([exitCodes.ok, isSaid])
    expect(stdout).not.toContain('goes on')
    const other = await command(argv, {
      'GET /freeze': { body: { ...state, frozen: false } },
      ...script,
    })
    expect(other.stderr).not.toContain('Frozen')
  })

  it.each([
    [null, null],
    [null, ''],
    [ago(9), ''],
  ])('is told from what never was (%j, %j)', async (at, by) => {
    const never = { frozen: false, reason: null, changed_at: at, changed_by: by }
    const script = { 'GET /accounts': page([]), 'GET /freeze': { body: never } }
    expect((await command(['account', 'show'], script)).stdout).toBe('Not frozen\n')
    const before = { ...never, changed_at: ago(9), changed_by: 'ann' }
    const resumed = await command(['account', 'show'], {
      ...script,
      'GET /freeze': { body: before },
    })
    expect(resumed.stdout).toMatch(/^Not frozen; resumed .* by ann\n$/)
  })
})

describe('resources ls', () => {
  const rows = [
    resourceOf({ id: uuid('1'), kind: 'snapshot', name: 'a' }),
    resourceOf({ id: uuid('2'), kind: 'droplet', name: 'web-10' }),
    resourceOf({ id: uuid('3'), kind: 'droplet', name: 'web-9' }),
  ]
  const namesIn = (text: string) =>
    text
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(/ {2,}/)[1])

  it('is in the order of kind and name where all are there', async () => {
    const { stdout } = await command(['resources', 'ls'], { 'GET /resources': page(rows) })
    expect(namesIn(stdout)).toEqual(['web-9', 'web-10', 'a'])
  })

  it('says which order it is where there are more', async () => {
    const script = { 'GET /resources': page(rows, 'more') }
    const { stdout, stderr } = await command(['resources', 'ls', '--limit', '3'], script)
    expect(namesIn(stdout)).toEqual(['a', 'web-10', 'web-9'])
    expect(stderr).toContain('the first 3, in the order in which they were first seen')
  })
})

describe('drift accept', () => {
  const drift = driftOf()
  const api = {
    [`GET /drift/${drift.id}`]: { body: explanationOf() },
    [`POST /drift/${drift.id}/accept`]: {
      body: { ...drift, status: 'accepted', accepted_spec_version: 4, also_change: null },
    },
  }

  it('sends what it was shown, so that a row that moves is refused', async () => {
    const { code, requests, stdout } = await command(['drift', 'accept', drift.id], api)
    expect(code).toBe(exitCodes.ok)
    expect(requests.at(-1)?.body).toEqual({ spec_version: 3, actual: 's-2vcpu-4gb' })
    expect(stdout).toContain('asked for is s-2vcpu-4gb now (version 4); it was s-1vcpu-1gb')
  })

  it('sends instead what the flags say it was decided on', async () => {
    const flags = ['--expect-actual', '"s-8vcpu-16gb"', '--spec-version', '2']
    const { requests } = await command(['drift', 'accept', drift.id, ...flags], api)
    expect(requests.at(-1)?.body).toEqual({ spec_version: 2, actual: 's-8vcpu-16gb' })
  })

  it('exits as refused when it has moved', async () => {
    const moved = { problem: 409, detail: 'size_slug is "s-4vcpu-8gb" by now', code: 'drift_moved' }
    const { code, stderr } = await command(['drift', 'accept', drift.id], {
      ...api,
      [`POST /drift/${drift.id}/accept`]: moved,
    })
    expect(code).toBe(exitCodes.refused)
    expect(stderr).toContain('Size_slug is "s-4vcpu-8gb" by now.')
  })

  it('forgets what is missing only when its name was typed', async () => {
    const missing = driftOf({ type: 'missing', field: null, expected: null, actual: null })
    const script = { ...api, [`GET /drift/${drift.id}`]: { body: explanationOf({}, missing) } }
    const nobody = await command(['drift', 'accept', drift.id], script)
    expect(nobody.code).toBe(exitCodes.refused)
    expect(nobody.requests.map(({ method }) => method)).toEqual(['GET'])
    const typed = await command(['drift', 'accept', drift.id], script, { answers: ['web-01'] })
    expect(typed.code).toBe(exitCodes.ok)
    expect(typed.requests.at(-1)?.body).toEqual({ spec_version: 3, confirm_name: 'web-01' })
  })
})

describe('account enable-writes', () => {
  const account = {
    id: uuid('acc0000001'),
    provider: 'digitalocean',
    name: 'production',
    team_uuid: null,
    simulated: false,
    writes_enabled: false,
    writes_changed_at: null,
    writes_changed_by: null,
    created_at: ago(100),
  }
  const enable = `POST /accounts/${account.id}/enable-writes`
  const api = { 'GET /accounts': page([account]), [enable]: { body: account } }
  const argv = ['account', 'enable-writes']

  it.each([[['n']], [['']], [[]]])('does nothing when the answer is %j', async (answers) => {
    const { code, requests } = await command(argv, api, { answers })
    expect(code).toBe(exitCodes.refused)
    expect(requests.map(({ method }) => method)).toEqual(['GET'])
  })

  it('asks a person, and takes --yes where there is none', async () => {
    const asked = await command(argv, api, { answers: ['y'] })
    expect([asked.code, asked.terminal.questions.length]).toEqual([exitCodes.ok, 1])
    expect(asked.terminal.questions[0]).toContain('It is a real cloud.')
    const said = await command([...argv, '--yes'], api)
    expect([said.code, said.terminal.questions.length]).toEqual([exitCodes.ok, 0])
  })

  it('wants to know which, where there are several', async () => {
    const other = { ...account, id: uuid('acc0000002'), name: 'staging' }
    const several = { ...api, 'GET /accounts': page([account, other]) }
    const { code, stderr } = await command([...argv, '--yes'], several)
    expect(code).toBe(exitCodes.usage)
    expect(stderr).toContain('staging')
    const named = await command([...argv, 'production', '--yes'], several)
    expect(named.code).toBe(exitCodes.ok)
  })
})

it('token create gives the token alone on standard output', async () => {
  const made = {
    id: uuid('70ce0001'),
    name: 'ci',
    role: 'viewer',
    created_by: 'admin',
    created_at: ago(0),
    last_used_at: null,
    revoked_at: null,
    revoked_by: null,
    token: 'arc_made-for-this-test',
  }
  const argv = ['token', 'create', 'ci', '--role', 'viewer']
  const { stdout } = await command(argv, { 'POST /tokens': { status: 201, body: made } })
  expect(stdout).toBe('arc_made-for-this-test\n')
})
