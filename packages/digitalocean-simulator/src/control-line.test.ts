import { describe, expect, test, vi } from 'vitest'
import { controlCommands, readControlLine } from './control-line.ts'

const url = 'http://127.0.0.1:4010'

/** What is read, but for the address. */
function read(...argv: readonly string[]) {
  const { url: _, ...order } = readControlLine(argv)
  return order
}

describe('a fault', () => {
  test('of one effect is asked for as it is', () => {
    expect(
      read('fault', 'error', '--status', '503', '--on', 'POST /v2/droplets', '--nth', '2'),
    ).toEqual({
      method: 'POST',
      path: '/faults',
      body: {
        kind: 'error',
        status: 503,
        match: { method: 'POST', path: '/v2/droplets' },
        nth: 2,
      },
    })
  })

  test('of several has each option where it belongs', () => {
    const options = ['--ms', '200', '--when', 'after', '--chance', '0.5', '--times', 'always']
    const matching = ['--body', '{"type":"snapshot"}', '--query', 'page=2', '--on', '/v2/**']
    expect(read('fault', 'latency', 'lost', ...options, ...matching)).toMatchObject({
      body: {
        kind: 'several',
        effects: [{ kind: 'latency', ms: 200, when: 'after' }, { kind: 'lost' }],
        match: { path: '/v2/**', query: { page: '2' }, body: { type: 'snapshot' } },
        chance: 0.5,
        times: 'always',
      },
    })
  })

  test.each([
    ['{"id":"x"}', { id: 'x' }],
    ['<html>', '<html>'],
  ])('may answer %s', (answer, body) => {
    const order = read('fault', 'error', '--status', '500', '--answer', answer)
    expect(order).toMatchObject({ body: { kind: 'error', body } })
  })
})

test.each([
  [['faults'], { method: 'GET', path: '/faults' }],
  [['reached', 'fault-1'], { method: 'GET', path: '/faults/fault-1/reached' }],
  [
    ['release', 'fault-1', '--drop'],
    { path: '/faults/fault-1/release', body: { outcome: 'drop' } },
  ],
  [['remove', 'fault-1'], { method: 'DELETE', path: '/faults/fault-1' }],
  [['remove'], { method: 'DELETE', path: '/faults' }],
  [
    ['requests', '--on', 'POST /v2/droplets'],
    { method: 'GET', path: '/requests?method=POST&path=%2Fv2%2Fdroplets' },
  ],
  [
    ['call', 'POST', '/v2/tags', '{"name":"a"}'],
    { path: '/calls', body: { method: 'POST', path: '/v2/tags', body: { name: 'a' } } },
  ],
  [
    ['call', 'DELETE', '/v2/tags/a'],
    { path: '/calls', body: { method: 'DELETE', path: '/v2/tags/a' } },
  ],
  [['create', '{"name":"a"}'], { path: '/droplets', body: { name: 'a' } }],
  [['change', '7', '{"status":"off"}'], { path: '/droplets/7', body: { status: 'off' } }],
  [['delete', '7'], { method: 'DELETE', path: '/droplets/7' }],
  [['end', '9', 'errored'], { path: '/actions/9', body: { status: 'errored' } }],
  [['advance', '1.5'], { path: '/clock', body: { advance_ms: 1500 } }],
  [['speed', '100'], { path: '/clock', body: { speed: 100 } }],
  [['speed', 'immediate'], { path: '/clock', body: { speed: 'immediate' } }],
  [['reset'], { path: '/reset', body: {} }],
  [['reset', '0'], { path: '/reset', body: { resources: 0 } }],
  [['state'], { method: 'GET', path: '/state' }],
])('%j', (argv, order) => {
  expect(controlCommands.has(argv[0] ?? '')).toBe(true)
  expect(read(...argv)).toMatchObject(order)
})

test('it is told to the one at home, or to another', () => {
  expect(readControlLine(['state']).url).toBe(url)
  expect(readControlLine(['state', '--url', 'http://there:1/']).url).toBe('http://there:1')
})

test.each([
  [['fault', 'lost', '--on', 'droplets'], 'It is not a method and a path.'],
  [['fault', 'lost', '--nth', 'x'], 'It is not a number.'],
  [['fault', 'lost', '--body', '{'], 'It is not JSON.'],
  [['fault', 'lost', '--query', 'page'], 'It has no "=".'],
  [['fault'], "missing required argument 'effects'"],
])('%j is refused in words', (argv, message) => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(() => readControlLine(argv)).toThrow(message)
  told.mockRestore()
})
