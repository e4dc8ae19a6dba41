import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Secret } from '../settings/index.ts'
import { simulatedCloud } from './cloud.ts'
import { greeting, type Running } from './greeting.ts'

const cloud = simulatedCloud('http://127.0.0.1:4010', 60)
const path = join(process.cwd(), '.arcadia/admin-token')
const running: Running = {
  version: '1.2.3',
  url: 'http://127.0.0.1:4000',
  port: 4000,
  host: '127.0.0.1',
  cloud,
  database: 'postgres://localhost/arcadia',
  dataDir: join(process.cwd(), '.arcadia'),
  admin: { token: new Secret('arc_made-just-now'), source: 'made', path },
  writesEnabled: true,
  freeze: { frozen: false, reason: null, changedAt: null, changedBy: null },
  firstSync: undefined,
  accountId: undefined,
  dropletId: '7',
}

test('it says what runs where, and what to try that works', () => {
  const text = greeting(running)
  expect(text).toContain('http://127.0.0.1:4000')
  expect(text).toContain('a simulated DigitalOcean at http://127.0.0.1:4010, 60 times as fast')
  expect(text).toContain('postgres://localhost/arcadia')
  expect(text).toContain('npx arcadia saga start snapshot_droplet droplet_id=7 --watch')
  expect(text).toContain(
    'curl -H "Authorization: Bearer $(cat .arcadia/admin-token)" http://127.0.0.1:4000/api/v1/drift',
  )
})

test('a token that was not given is shown, one that was given is not', () => {
  expect(greeting(running)).toContain('arc_made-just-now')
  expect(greeting({ ...running, admin: { ...running.admin, source: 'file', path } })).toContain(
    'arc_made-just-now',
  )
  const given = greeting({
    ...running,
    admin: { token: new Secret('arc_given'), source: 'setting' },
  })
  expect(given).not.toContain('arc_given')
  expect(given).toContain('Bearer $ARCADIA_ADMIN_TOKEN')
})

test('a file that is not below here is named in full, and quoted where a shell would trip', () => {
  const admin = { ...running.admin, source: 'made' as const, path: "/it's here/admin-token" }
  expect(greeting({ ...running, admin })).toContain(`$(cat '/it'\\''s here/admin-token')`)
})

test('a real account is said to be read-only until changes are enabled', () => {
  const real = { ...cloud, simulated: false, accountName: 'digitalocean', url: 'https://do' }
  const text = greeting({ ...running, cloud: real, writesEnabled: false })
  expect(text).toContain('read-only until you enable changes')
  expect(text).toContain('npx arcadia account enable-writes digitalocean')
  const reading = { ...real, canWrite: false }
  const told = greeting({ ...running, cloud: reading, writesEnabled: false })
  expect(told).not.toContain('enable')
  expect(told).toContain('a token for reading alone')
})

test('the commands work as printed where port, address or folder are not the usual ones', () => {
  expect(greeting(running)).toContain('  npx arcadia drift ls\n')
  const elsewhere = { ...running, port: 4330, host: '::1', dataDir: "/it's here" }
  const prefix = "HOST='::1' PORT=4330 DATA_DIR='/it'\\''s here' npx arcadia"
  expect(greeting(elsewhere)).toContain(`  ${prefix} drift ls\n`)
  expect(greeting({ ...running, host: '0.0.0.0' })).toContain('  npx arcadia drift ls\n')
  const below = { ...running, dataDir: join(process.cwd(), 'data') }
  expect(greeting(below)).toContain('  DATA_DIR=data npx arcadia drift ls\n')
})

test('where there are several accounts, the commands name theirs', () => {
  const several = { ...running, accountId: 'the-id' }
  expect(greeting(several)).toContain('droplet_id=7 account_id=the-id --watch')
  const real = { ...cloud, simulated: false, accountName: 'digitalocean at do:1' }
  const text = greeting({ ...several, cloud: real })
  expect(text).toContain("npx arcadia sync --account 'digitalocean at do:1'\n")
  expect(text).toContain("npx arcadia baseline --dry-run --account 'digitalocean at do:1'\n")
})

test('it says that all is frozen, and that the account is being read', () => {
  const freeze = { frozen: true, reason: 'a drill', changedAt: null, changedBy: 'ann' }
  const text = greeting({ ...running, freeze, firstSync: 'the-saga' })
  expect(text).toMatch(
    /Frozen +no change leaves: all was frozen by ann \(a drill\).*arcadia resume/,
  )
  expect(text).toMatch(/Inventory +is being read for the first time.*saga watch the-saga/)
  expect(greeting(running)).not.toMatch(/Frozen|Inventory/)
})

test('it says where the database is when that is not in the data folder', () => {
  const { dataDir } = running
  const within = { ...running, databaseFolder: join(dataDir, 'postgres/data') }
  expect(greeting(within)).toContain(`  Data         ${dataDir}\n`)
  const outside = { ...running, databaseFolder: '/var/lib/arcadia/1/data' }
  expect(greeting(outside)).toContain(`${dataDir}; the database's is in /var/lib/arcadia/1/data`)
})

test('a token that replaces a revoked one is said to be new', () => {
  const admin = { ...running.admin, source: 'renewed' as const, path }
  expect(greeting({ ...running, admin })).toContain('new, for the one before was revoked')
})
