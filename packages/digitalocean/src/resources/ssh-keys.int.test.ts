import { expect, test } from 'vitest'
import { all } from '../../test/client.ts'
import { simulatedAccount } from '../../test/simulated-account.ts'
import { NotFound, Unprocessable } from '../index.ts'

const key = {
  name: 'mine',
  public_key:
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGpTuLvdv4yxWQuJ9Hn3YBRQ5vtBbQ+xDLRcoRYLYKB mine',
}
const plan = { name: 'web-01', region: 'fra1', size: 's-1vcpu-1gb', image: 'debian-13-x64' }

test('a key is made, found by id and fingerprint, renamed, used and deleted', async () => {
  const { client } = await simulatedAccount()
  const made = await client.sshKeys.create(key)
  expect(made).toMatchObject(key)
  expect(await client.sshKeys.get(made.id)).toEqual(made)
  expect(await client.sshKeys.get(made.fingerprint)).toEqual(made)
  await expect(client.sshKeys.create(key)).rejects.toThrow(Unprocessable)
  const renamed = await client.sshKeys.rename(made.fingerprint, { name: 'ours' })
  expect(await all(client.sshKeys.list())).toEqual([renamed])
  expect(renamed).toEqual({ ...made, name: 'ours' })
  await client.droplets.create({ ...plan, ssh_keys: [made.id, made.fingerprint] })
  await client.sshKeys.delete(made.id)
  await expect(client.sshKeys.get(made.id)).rejects.toThrow(NotFound)
  await expect(client.droplets.create({ ...plan, ssh_keys: [made.id] })).rejects.toThrow(
    'invalid key identifiers',
  )
})
