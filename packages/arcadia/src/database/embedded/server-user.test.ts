import { describe, expect, it } from 'vitest'
import { chooseServant, parsePasswordFile } from './server-user.ts'

const accounts = parsePasswordFile(
  [
    '# a comment',
    'root:x:0:0:root:/root:/bin/sh',
    'nobody:x:65534:65533:nobody:/:/bin/false',
    'postgres:x:101:104::/var/lib/postgresql:/bin/bash',
    'ada:x:1000:1000::/home/ada:/bin/bash',
    '',
  ].join('\n'),
)

describe('whom root lets the server run as', () => {
  it('is postgres when there is one', () => {
    expect(chooseServant(accounts, undefined)).toEqual({
      name: 'postgres',
      uid: 101,
      gid: 104,
      switched: true,
    })
  })

  it('is nobody otherwise', () => {
    const others = accounts.filter(({ name }) => name !== 'postgres')
    expect(chooseServant(others, undefined)).toMatchObject({ uid: 65534, gid: 65533 })
  })

  it('is whoever owns the data already, unless that is root', () => {
    expect(chooseServant(accounts, 1000)).toMatchObject({ name: 'ada' })
    expect(chooseServant(accounts, 0)).toMatchObject({ name: 'postgres' })
  })

  it('must be in the password file', () => {
    expect(() => chooseServant([], undefined)).toThrow(
      expect.objectContaining({ code: 'no_server_user' }),
    )
  })
})

describe('parsePasswordFile', () => {
  it('counts uids unsigned, as the kernel does: macOS has nobody at -2', () => {
    expect(parsePasswordFile('nobody:*:-2:-2:x:/:/bin/false')).toEqual([
      { name: 'nobody', uid: 4294967294, gid: 4294967294 },
    ])
  })
})
