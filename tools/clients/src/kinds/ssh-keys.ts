import { column, textOf } from '../client.ts'
import { times } from '../cloud.ts'
import type { Kind } from '../kind.ts'

/** A public key that nobody has the private one of, another for each number. */
function publicKey(number: number): string {
  const type = Buffer.from('ssh-ed25519')
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const key = Buffer.alloc(32)
  key.writeUInt32BE(number)
  return `${type} ${Buffer.concat([field(type), field(key)]).toString('base64')}`
}

const order = { name: 'mine', public_key: publicKey(0) }

export const sshKeys: Kind = {
  name: 'SSH keys',
  path: '/v2/account/keys',
  fill: (cloud, count) =>
    times(count, (index) => {
      const key = { name: `key-${index}`, public_key: publicKey(index) }
      return cloud.ask('POST', '/v2/account/keys', key)
    }),
  by: {
    dotsWrapper: {
      create: async (client) =>
        textOf(await client.call('sshKey.createSshKey', order), 'ssh_key.id'),
      read: async (client, id) =>
        textOf(await client.call('sshKey.getSshKey', { ssh_key_id: id }), 'ssh_key.name'),
      change: async (client, id) =>
        void (await client.call('sshKey.updateSshKey', { ssh_key_id: id, name: 'ours' })),
      remove: async (client, id) =>
        void (await client.call('sshKey.destroySshKey', { ssh_key_id: id })),
      list: (client) => client.list('sshKey.listSshKeys', 'ssh_keys', 'id'),
    },
    godo: {
      create: async (client) => {
        const key = { Name: order.name, PublicKey: order.public_key }
        return textOf(await client.call('key-create', key), 'id')
      },
      read: async (client, id) => textOf(await client.call('key-get', { ID: Number(id) }), 'name'),
      remove: async (client, id) => void (await client.call('key-delete', { ID: Number(id) })),
      list: (client) => client.list('key-list', 'id'),
    },
    python: {
      create: async (client) => textOf(await client.call('SSHKey', order, ['create']), 'id'),
      read: async (client, id) => textOf(await client.manager(['get_ssh_key', Number(id)]), 'name'),
      change: async (client, id) =>
        void (await client.call('SSHKey', { ...order, id: Number(id), name: 'ours' }, ['edit'])),
      remove: async (client, id) =>
        void (await client.call('SSHKey', { id: Number(id) }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_sshkeys']), 'id'),
    },
  },
}
