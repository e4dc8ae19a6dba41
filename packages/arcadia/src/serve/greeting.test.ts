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
  cloud,
  database: 'postgres://localhost/arcadia',
  dataDir: '/data',
  admin: { token: new Secret('arc_made-just-now'), source: 'made', path },
  writesEnabled: true,
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
  expect(greeting({ ...running, cloud: reading, writesEnabled: false })).not.toContain(
    'enable-writes',
  )
})
