import { describe, expect, it } from 'vitest'
import { isPostmasterOf, parseLock } from './postmaster-lock.ts'

describe('parseLock', () => {
  it('reads the process id and the folder of the socket', () => {
    const text = '4242\n/data\n1700000000\n5432\n/run/arcadia\n\n  1 2\nready   \n'
    expect(parseLock(text)).toEqual({ text, pid: 4242, socketDir: '/run/arcadia' })
  })

  it('has no folder of the socket while the server has not written it yet', () => {
    expect(parseLock('4242\n/data\n')).toMatchObject({ pid: 4242, socketDir: undefined })
  })

  it.each(['', '\n', 'abc\n', '-1\n', '0\n', '1\n'])('refuses %j', (text) => {
    expect(parseLock(text)).toBeUndefined()
  })
})

describe('isPostmasterOf', () => {
  const server = {
    pid: 42,
    program: 'postgres',
    command: ['/opt/bin/postgres', '-D', '/my data', '-c', 'port=5432'],
    folder: '/my data',
  }

  it('knows the server of a folder', () => {
    expect(isPostmasterOf(server, '/my data')).toBe(true)
  })

  it('knows it by its command where its working directory is hidden', () => {
    const words = ['/opt/bin/postgres', '-D', '/my', 'data', '-c', 'port=5432']
    const hidden = { ...server, folder: undefined }
    expect(isPostmasterOf(hidden, '/my data')).toBe(true)
    expect(isPostmasterOf({ ...hidden, command: words }, '/my data')).toBe(true)
  })

  it.each([
    ['the server of another folder', { ...server, command: ['postgres'], folder: '/other' }],
    ['a session of the server', { ...server, command: ['postgres: me db [local] idle'] }],
    ['another program in the folder', { ...server, program: 'bash', command: ['bash'] }],
  ])('does not take %s for it', (_, view) => {
    expect(isPostmasterOf(view, '/my data')).toBe(false)
  })
})
