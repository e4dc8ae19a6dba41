import { expect, test } from 'vitest'
import { addressOf } from './database.ts'

test.each([
  [
    'postgres://me:secret@db.example:5433/arcadia?sslmode=require',
    'postgres://db.example:5433/arcadia',
  ],
  ['postgresql://me@localhost/x', 'postgres://localhost/x'],
  ['postgres://me@localhost/x?host=/run/pg&port=5432', 'postgres:///run/pg/x'],
  ['postgres://me:se cret@[bad', 'the database of DATABASE_URL'],
])('the address of %s is told without user, password and options', (url, address) => {
  expect(addressOf(url)).toBe(address)
})
