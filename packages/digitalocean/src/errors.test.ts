import { describe, expect, expectTypeOf, test } from 'vitest'
import { clientOf } from '../test/client.ts'
import * as door from './index.ts'

const details = {
  message: 'GET /v2/droplets/7 was refused.',
  effect: 'none',
  retryable: false,
  method: 'GET',
  path: '/v2/droplets/7',
  status: 404,
  id: 'not_found',
  requestId: 'req-1',
  cause: new Error('why'),
} as const

describe('an error', () => {
  test('is an Error with a name, a stable code and its cause', () => {
    const error = new door.NotFound(details)
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(door.DigitalOceanError)
    expect(String(error)).toBe('NotFound: GET /v2/droplets/7 was refused.')
    expect(error).toMatchObject({ ...details, code: 'not_found' })
  })

  test('serialises to what a log may keep', () => {
    const { cause: _, ...kept } = details
    const logged = JSON.parse(JSON.stringify(new door.NotFound(details)))
    expect(logged).toEqual({ name: 'NotFound', code: 'not_found', ...kept })
  })

  test('has no cause when it has none', () => {
    const { cause: _, ...causeless } = details
    expect('cause' in new door.NotFound(causeless)).toBe(false)
  })

  test('has a code of its own', () => {
    const { message, effect, retryable } = details
    const classes = Object.values(door).filter(
      (value) => typeof value === 'function' && value.prototype instanceof door.DigitalOceanError,
    )
    const made = [
      new door.Refused(details),
      new door.Unauthorized(details),
      new door.Forbidden(details),
      new door.NotFound(details),
      new door.Conflict(details),
      new door.Unprocessable(details),
      new door.RateLimited(details),
      new door.ServerError(details),
      new door.NetworkFault(details),
      new door.TimedOut(details),
      new door.Aborted(details),
      new door.InvalidResponse(details),
      new door.OutcomeUnknown(details),
      new door.MissingToken({ message, effect, retryable }),
      new door.InvalidRequest(message),
    ]
    expect(made.map((error) => error.constructor)).toEqual(expect.arrayContaining(classes))
    expect(new Set(made.map(({ code }) => code)).size).toBe(classes.length)
    expect(new Set(made.map(({ name }) => name)).size).toBe(classes.length)
  })
})

test('the types say what the methods give', () => {
  const client = clientOf({ url: 'http://example.com' })
  expectTypeOf(client.droplets.list).returns.toEqualTypeOf<AsyncIterable<door.Droplet>>()
  expectTypeOf(client.droplets.pages).returns.toEqualTypeOf<
    AsyncIterable<door.Page<door.Droplet>>
  >()
  expectTypeOf<door.Droplet['id']>().toEqualTypeOf<number>()
  expectTypeOf<door.Droplet['something_new']>().toEqualTypeOf<unknown>()
  expectTypeOf<door.DropletSnapshot['id']>().toEqualTypeOf<string>()
  expectTypeOf<door.Snapshot['resource_id']>().toEqualTypeOf<string>()
  expectTypeOf(client.dropletActions.powerOff).returns.resolves.toEqualTypeOf<door.Action>()
  expectTypeOf<door.OutcomeUnknown['effect']>().toEqualTypeOf<door.Effect>()
})
