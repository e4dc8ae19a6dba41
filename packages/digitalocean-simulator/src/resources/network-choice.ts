import type { Call } from '../http/route.ts'
import { defaultVpc } from './droplet-creation.ts'

/** The network of what is made in a region: the one that was asked for, or else the region's own. */
export function networkFor(call: Call, region: string, asked: string | null | undefined): string {
  return asked || defaultVpc(call.world, region)
}
