import { expect, test } from 'vitest'
import { createClosers } from './closers.ts'

test('what was opened last is closed first, each after the one before', async () => {
  const order: string[] = []
  const closers = createClosers(() => {})
  closers.add('database', async () => order.push('database'))
  closers.add('server', async () => {
    order.push('server closing')
    await Promise.resolve()
    order.push('server closed')
  })
  await Promise.all([closers.close(), closers.close()])
  expect(order).toEqual(['server closing', 'server closed', 'database'])
})

test('one that cannot be closed does not keep the others open', async () => {
  const failed: string[] = []
  let closed = false
  const closers = createClosers((name) => failed.push(name))
  closers.add('database', async () => {
    closed = true
  })
  closers.add('server', () => Promise.reject(new Error('stuck')))
  await expect(closers.close()).rejects.toThrow('stuck')
  expect({ closed, failed }).toEqual({ closed: true, failed: ['server'] })
})
