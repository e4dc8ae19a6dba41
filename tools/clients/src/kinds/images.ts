import { column, textOf } from '../client.ts'
import type { Cloud } from '../cloud.ts'
import type { Kind } from '../kind.ts'

/** One's own: snapshots under their other name. Nobody creates them as images. */
export const images: Kind = {
  name: 'images',
  path: '/v2/images',
  fill: (cloud, count) => cloud.snapshots(count),
  prepare: (cloud) => snapshotImage(cloud),
  by: {
    dotsWrapper: {
      create: (_, image) => Promise.resolve(image),
      read: async (client, id) =>
        textOf(await client.call('image.getImage', { image_id: id }), 'image.name'),
      // It cannot change one: it posts what the API takes by PUT only.
      remove: async (client, id) => void (await client.call('image.deleteImage', { image_id: id })),
      list: (client) => client.list('image.listImages', 'images', 'id'),
    },
    godo: {
      create: (_, image) => Promise.resolve(image),
      read: async (client, id) =>
        textOf(await client.call('image-get', { ID: Number(id) }), 'name'),
      change: async (client, id) =>
        void (await client.call('image-update', { ID: Number(id), Name: 'renamed' })),
      remove: async (client, id) => void (await client.call('image-delete', { ID: Number(id) })),
      list: (client) => client.list('image-list', 'id'),
    },
    python: {
      create: (_, image) => Promise.resolve(image),
      read: async (client, id) => textOf(await client.manager(['get_image', Number(id)]), 'name'),
      change: async (client, id) =>
        void (await client.call('Image', { id: Number(id) }, ['rename', 'renamed'])),
      remove: async (client, id) =>
        void (await client.call('Image', { id: Number(id) }, ['destroy'])),
      list: async (client) => column(await client.manager(['get_all_images']), 'id'),
    },
  },
}

async function snapshotImage(cloud: Cloud): Promise<string> {
  await cloud.snapshots(1)
  return textOf(await cloud.ask('GET', '/v2/images?private=true'), 'images.0.id')
}
