import { describe, expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { InvalidRequest } from './errors.ts'
import { type ClientOptions, settingsOf } from './options.ts'

const tokens = { read: 'dop_v1_read' }

describe('the options', () => {
  test('have defaults', () => {
    expect(settingsOf({ tokens })).toMatchObject({
      tokens: { read: 'dop_v1_read', provisioning: undefined },
      baseUrl: 'https://api.digitalocean.com',
      userAgent: `arcadia-cloud-digitalocean/${packageJson.version}`,
      timeoutMs: 30_000,
      retries: { attempts: 5, baseMs: 500, capMs: 30_000 },
      perMinute: 250,
      hooks: {},
    })
  })

  test.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['https://proxy.example.com/do//', 'https://proxy.example.com/do'],
  ])('take %s for a base URL', (baseUrl, settled) => {
    expect(settingsOf({ tokens, baseUrl }).baseUrl).toBe(settled)
  })

  test('leave the limit of a minute to the server when it is infinite', () => {
    expect(settingsOf({ tokens, perMinute: Infinity }).perMinute).toBe(Infinity)
  })

  test.each<[string, Partial<ClientOptions>]>([
    ['baseUrl', { baseUrl: 'api.digitalocean.com' }],
    ['baseUrl', { baseUrl: 'ftp://api.digitalocean.com' }],
    ['baseUrl', { baseUrl: 'https://api.digitalocean.com?a=b' }],
    ['baseUrl', { baseUrl: 'https://api.digitalocean.com#a' }],
    ['baseUrl', { baseUrl: 'https://user@api.digitalocean.com' }],
    ['userAgent', { userAgent: 'two\nlines' }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: 2 ** 31 }],
    ['retries.attempts', { retries: { attempts: 0 } }],
    ['retries.attempts', { retries: { attempts: Infinity } }],
    ['retries.baseMs', { retries: { baseMs: -1 } }],
    ['retries.capMs', { retries: { capMs: 0.5 } }],
    ['perMinute', { perMinute: 0 }],
  ])('are refused by name: %s, %j', (name, options) => {
    expect(() => settingsOf({ tokens, ...options })).toThrow(InvalidRequest)
    expect(() => settingsOf({ tokens, ...options })).toThrow(name)
  })
})
