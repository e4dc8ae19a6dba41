import { z } from 'zod'
import { availableRegions } from '../catalog/regions.ts'
import { notFound, unprocessable } from '../http/answer.ts'
import { parseBody } from '../http/body.ts'
import { paginate } from '../http/pages.ts'
import type { Call, Route } from '../http/route.ts'
import { actionView } from './actions.ts'
import { startAction } from './droplet-life.ts'
import { anyImage, ownImage } from './images.ts'

const order = z.discriminatedUnion('type', [
  z.object({ type: z.literal('transfer'), region: z.string() }),
  z.object({ type: z.literal('convert') }),
])

/** What is done to images: an own one is made available in another region. */
export const imageActionRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/images/:image/actions', scopes: ['image:read'], handle: list },
  { method: 'POST', path: '/v2/images/:image/actions', scopes: ['image:update'], handle: act },
  {
    method: 'GET',
    path: '/v2/images/:image/actions/:action',
    scopes: ['image:read'],
    handle: show,
  },
]

function list(call: Call) {
  const { id } = anyImage(call)
  const page = paginate([...call.tx.tables.actions.find('image', id)].reverse(), call.url)
  const actions = page.items.map(actionView)
  return { status: 200, body: { actions, links: page.links, meta: page.meta } }
}

function show(call: Call) {
  const { id } = anyImage(call)
  const action = call.tx.tables.actions.get(call.params['action'] ?? '')
  if (!action || !('imageId' in action.effect) || action.effect.imageId !== id) throw notFound()
  return { status: 200, body: { action: actionView(action) } }
}

function act(call: Call) {
  const image = ownImage(call)
  const asked = parseBody(order, call.body)
  // Of what could be converted, backups, none is yet: see DIFFERENCES.md.
  if (asked.type === 'convert') throw unprocessable('This image can not be converted')
  const under = call.tx.tables.actions.find('image', image.id)
  if (under.some(({ status }) => status === 'in-progress')) {
    throw unprocessable('This image already has a pending event.')
  }
  if ('state' in image && image.state !== 'available') {
    throw unprocessable('This image is not available')
  }
  if (!availableRegions.includes(asked.region)) throw unprocessable('Region is not valid')
  if (image.regions.includes(asked.region)) {
    throw unprocessable('The image is already available in this region')
  }
  const effect = { type: 'transfer', imageId: image.id, to: asked.region } as const
  return { status: 201, body: { action: actionView(startAction(call, effect, asked.region)) } }
}
