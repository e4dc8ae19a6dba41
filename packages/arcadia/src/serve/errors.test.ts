import { expect, test } from 'vitest'
import { isWithin, unusableFolder } from './errors.ts'

const refused = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: refused`), { code, ...(path === undefined ? {} : { path }) })

test.each([
  ['EROFS', '/srv/data', /^DATA_DIR \/srv\/data cannot be used: .*read-only \(EROFS/],
  ['EACCES', '/srv', /may not be written to by this user \(EACCES, \/srv\)/],
  ['EACCES', '/srv/data/simulator/lock', /may not be written to/],
  ['ENOTDIR', '/srv/data', /is no folder/],
])('%s at %s is the data folder not being usable', (code, path, words) => {
  const error = unusableFolder(refused(code, path), '/srv/data')
  expect(error?.variable).toBe('DATA_DIR')
  expect(error?.message).toMatch(words)
})

test.each([
  ['EACCES', '/srv/data-of-another'],
  ['ENOENT', '/srv/data/postgres/missing'],
  ['EPIPE', '/srv/data'],
  ['EACCES', undefined],
])('%s at %s is something else', (code, path) => {
  expect(unusableFolder(refused(code, path), '/srv/data')).toBeUndefined()
})

test('a path is within itself and what is above it', () => {
  expect(isWithin('/a/b', '/a/b')).toBe(true)
  expect(isWithin('/a/b', '/')).toBe(true)
  expect(isWithin('/a/bc', '/a/b')).toBe(false)
})
