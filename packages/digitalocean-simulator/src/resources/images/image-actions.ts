import { z } from 'zod'
import { availableRegions } from '../../catalog/regions.ts'
import { notFound, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import type { ActionRecord } from '../actions/action-record.ts'
import { actionView } from '../actions/actions.ts'
import { startAction } from '../droplets/droplet-life.ts'
import { anyImage, type OwnImage, ownImage } from './images.ts'

const order = z.discriminatedUnion('type', [
  z.object({ type: z.literal('transfer'), region: z.string() }),
  z.object({ type: z.literal('convert') }),
])

/** What is done to images: an own one goes to another region, a backup becomes a snapshot. */
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
  const under = call.tx.tables.actions.find('image', image.id)
  if (under.some(({ status }) => status === 'in-progress')) {
    throw unprocessable('This image already has a pending event.')
  }
  if ('state' in image && image.state !== 'available') {
    throw unprocessable('This image is not available')
  }
  const action =
    asked.type === 'convert' ? convert(call, image) : transfer(call, image, asked.region)
  return { status: 201, body: { action: actionView(action) } }
}

function transfer(call: Call, image: OwnImage, region: string): ActionRecord {
  if (!availableRegions.includes(region)) throw unprocessable('Region is not valid')
  if (image.regions.includes(region)) {
    throw unprocessable('The image is already available in this region')
  }
  return startAction(call, { type: 'transfer', imageId: image.id, to: region }, region)
}

/** It keeps its id, its name and its date. */
function convert(call: Call, image: OwnImage): ActionRecord {
  const [region] = image.regions
  const isBackup = 'backup' in image && image.backup === true
  if (!isBackup || region === undefined) throw unprocessable('This image can not be converted')
  return startAction(call, { type: 'convert', imageId: image.id }, region)
}
