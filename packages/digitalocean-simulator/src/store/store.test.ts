import { appendFile, readFile, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DataFolder } from '../../test/data-folder.ts'
import { Store } from './store.ts'
import { storedTables } from './tables.ts'
import type { Transaction } from './transaction.ts'

const warnings: string[] = []
const warn = (message: string) => void warnings.push(message)

/** All rows of all tables, in order. */
function contents(store: Store): Record<string, readonly unknown[]> {
  const tables = [...storedTables(store.tables).values()]
  return Object.fromEntries(tables.map((table) => [table.name, [...table.rows()]]))
}

function putTag(tx: Transaction, name: string, droplets: number | null = null): void {
  tx.put(tx.tables.tags, { name, lastTagged: { droplets, images: null } })
}

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put'),
      keys: fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('remove'),
      keys: fc.array(fc.nat(9), { maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail'),
      keys: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reset'),
      keys: fc.array(fc.nat(9), { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen'), keys: fc.constant([]) }) },
)

async function perform(
  store: Store,
  folder: string,
  { kind, keys }: { kind: string; keys: readonly number[] },
): Promise<Store> {
  if (kind === 'reopen') {
    await store.close()
    return Store.open(folder, warn)
  }
  const put = (tx: Transaction) => {
    for (const key of keys) putTag(tx, `tag-${key}`, tx.next('tag'))
  }
  if (kind === 'put') store.change(put)
  if (kind === 'reset') store.reset(put)
  if (kind === 'remove') {
    store.change((tx) => {
      for (const key of keys) tx.remove(tx.tables.tags, `tag-${key}`)
    })
  }
  if (kind === 'fail') {
    const failing = () =>
      store.change((tx) => {
        put(tx)
        throw new Error('refused')
      })
    expect(failing).toThrow('refused')
  }
  return store
}

test('what is replayed is what was there, in the same order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
      await using folder = await DataFolder.create()
      let store = await Store.open(folder.path, warn)
      for (const each of operations) store = await perform(store, folder.path, each)
      const live = contents(store)
      await store.close()
      const replayed = await Store.open(folder.path, warn)
      expect(contents(replayed)).toEqual(live)
      await replayed.close()
    }),
    { numRuns: 40 },
  )
})

test('wherever the journal is torn, the state is that after some change, and the store goes on', async () => {
  await using original = await DataFolder.create()
  const store = await Store.open(original.path, warn)
  const states = [contents(store)]
  for (let count = 0; count < 6; count++) {
    store.change((tx) => putTag(tx, `Ünï-${count}`, tx.next('tag')))
    states.push(contents(store))
  }
  await store.close()
  const journal = await readFile(original.file('journal.ndjson'))
  await fc.assert(
    fc.asyncProperty(fc.nat(journal.length), async (length) => {
      await using folder = await DataFolder.create()
      await writeFile(folder.file('journal.ndjson'), journal.subarray(0, length))
      const torn = await Store.open(folder.path, warn)
      const complete = journal.subarray(0, length).filter((byte) => byte === 0x0a).length
      expect(contents(torn)).toEqual(states[complete])
      torn.change((tx) => putTag(tx, 'later'))
      await torn.close()
      const again = await Store.open(folder.path, warn)
      expect(again.tables.tags.get('later')).toBeDefined()
      expect(again.tables.tags.size).toBe(complete + 1)
      await again.close()
    }),
    { numRuns: 40 },
  )
})

test('a torn tail is reported', async () => {
  await using folder = await DataFolder.create()
  await (await Store.open(folder.path, warn)).close()
  await appendFile(folder.file('journal.ndjson'), '{"sequence":1,"entr')
  warnings.length = 0
  await (await Store.open(folder.path, warn)).close()
  expect(warnings).toEqual([
    'the journal ended in a torn line of 19 bytes, never acknowledged: cut off',
  ])
})

test('a journal damaged elsewhere is refused, and left as it is', async () => {
  await using folder = await DataFolder.create()
  const damaged = '{"sequence":1,"entr\n{"sequence":2,"entries":[]}\n'
  await writeFile(folder.file('journal.ndjson'), damaged)
  await expect(Store.open(folder.path, warn)).rejects.toMatchObject({
    code: 'DATA_FOLDER_UNREADABLE',
    message: expect.stringContaining('journal.ndjson, line 1'),
  })
  expect(await readFile(folder.file('journal.ndjson'), 'utf8')).toBe(damaged)
})

test('at its start the journal is folded into the state, and dying before it is emptied does no harm', async () => {
  await using folder = await DataFolder.create()
  const store = await Store.open(folder.path, warn)
  for (let count = 0; count < 3; count++) store.change((tx) => void tx.next('tag'))
  await store.close()
  const journal = await readFile(folder.file('journal.ndjson'))
  await (await Store.open(folder.path, warn)).close()
  expect(await readFile(folder.file('journal.ndjson'), 'utf8')).toBe('')
  await writeFile(folder.file('journal.ndjson'), journal)
  const again = await Store.open(folder.path, warn)
  again.change((tx) => expect(tx.next('tag')).toBe(4))
  await again.close()
})

test('a journal that has grown large is folded while the store runs', async () => {
  await using folder = await DataFolder.create()
  const store = await Store.open(folder.path, warn)
  const name = 'x'.repeat(1024 * 1024)
  for (let count = 0; count < 18; count++) {
    store.change((tx) => putTag(tx, name, count))
    await store.durable()
  }
  expect((await readFile(folder.file('journal.ndjson'))).length).toBeLessThan(4 * name.length)
  await store.close()
  const again = await Store.open(folder.path, warn)
  expect(again.tables.tags.get(name)).toMatchObject({ lastTagged: { droplets: 17 } })
  await again.close()
})

test('changes made at once are on disk together, before any is acknowledged', async () => {
  await using folder = await DataFolder.create()
  const store = await Store.open(folder.path, warn)
  const acknowledged = Array.from({ length: 50 }, (_, index) => {
    store.change((tx) => putTag(tx, `tag-${index}`))
    return store.durable()
  })
  await acknowledged[0]
  const written = await readFile(folder.file('journal.ndjson'), 'utf8')
  expect(written.trim().split('\n')).toHaveLength(50)
  await Promise.all(acknowledged)
  await store.close()
})

test('one process at a time has the folder; the lock of a dead one is taken over', async () => {
  await using folder = await DataFolder.create()
  const store = await Store.open(folder.path, warn)
  await expect(Store.open(folder.path, warn)).rejects.toMatchObject({ code: 'DATA_FOLDER_BUSY' })
  await store.close()
  await writeFile(folder.file('lock'), '1\n')
  await expect(Store.open(folder.path, warn)).rejects.toThrow('in use by process 1')
  // No process can have this number.
  await writeFile(folder.file('lock'), '99999999\n')
  await (await Store.open(folder.path, warn)).close()
})

test('a row cannot come back in the change that removed it', async () => {
  const store = await Store.open(undefined, warn)
  const change = () =>
    store.change((tx) => {
      tx.remove(tx.tables.tags, 'a')
      putTag(tx, 'a')
    })
  expect(change).toThrow('was removed just before')
})
