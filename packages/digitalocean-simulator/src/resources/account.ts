import type { Call, Route, World } from '../http/route.ts'
import { reservedIpLimit } from './reserved-ips/reserved-ip-assignment.ts'
import { volumeLimit } from './volumes/volume-life.ts'

/** The account itself: one, active, with the same identity under the same seed. */
export const accountRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/account', scopes: ['account:read'], handle: show },
]

function show(call: Call) {
  const { random, dropletLimit } = call.world
  return {
    status: 200,
    body: {
      account: {
        droplet_limit: dropletLimit,
        floating_ip_limit: reservedIpLimit,
        reserved_ip_limit: reservedIpLimit,
        volume_limit: volumeLimit,
        email: 'operator@example.com',
        name: 'Simulated Account',
        uuid: accountUuid(call.world),
        email_verified: true,
        status: 'active',
        status_message: '',
        team: { uuid: random.uuid('team').replaceAll('-', ''), name: 'My Team' },
      },
    },
  }
}

/** Whose the resources of the account are. */
export function ownerView(world: World) {
  return {
    owner_uuid: accountUuid(world),
    owner_id: world.random.integer(1_000_000, 9_999_999, 'owner'),
  }
}

function accountUuid(world: World): string {
  return world.random.uuid('account').replaceAll('-', '')
}
