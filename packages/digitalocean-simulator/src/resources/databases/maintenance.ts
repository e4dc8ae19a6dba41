import { z } from 'zod'
import { parseBody } from '../../http/body.ts'
import type { Call } from '../../http/route.ts'
import { change, clusterOf, idleCluster, withEvent } from './life.ts'
import type { DatabaseRecord } from './record.ts'

const weekdays = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const
const window = z.object({
  day: z
    .string()
    .transform((day) => day.toLowerCase())
    .pipe(z.enum(weekdays)),
  hour: z.string().regex(/^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/),
})

type Maintained = Pick<DatabaseRecord, 'maintenance' | 'maintainedMs'>

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** An update comes out so long after the last one was installed. */
const updateEveryMs = 30 * dayMs

/** `PUT …/maintenance`: when updates that are out are installed. */
export function setMaintenance(call: Call) {
  const cluster = clusterOf(call)
  const { day, hour } = parseBody(window, call.body)
  const maintainedMs = lastInstalled(cluster, call.now)
  change(call, cluster, { maintenance: { day, hour: hour.slice(0, 5) }, maintainedMs })
  return { status: 204 }
}

/** `PUT …/install_update`: at once, and not in the next window; nothing where none is out. */
export function installUpdate(call: Call) {
  const cluster = idleCluster(call)
  if (isPending(cluster, call.now)) {
    const events = withEvent(call, cluster, 'cluster_maintenance_perform')
    change(call, cluster, { maintainedMs: call.now, events })
  }
  return { status: 204 }
}

export function maintenanceView(cluster: Maintained, now: number) {
  const pending = isPending(cluster, now)
  const description = pending ? ['Updates of the operating system and of the engine'] : []
  return { ...cluster.maintenance, pending, description }
}

/** Whether an update is out and waits for its window. */
function isPending(cluster: Maintained, now: number): boolean {
  return now >= lastInstalled(cluster, now) + updateEveryMs
}

/** Every update is installed in the first window after it came out: this follows from times alone. */
function lastInstalled({ maintenance, maintainedMs }: Maintained, now: number): number {
  let last = maintainedMs
  for (;;) {
    const next = nextWindow(maintenance, last + updateEveryMs)
    if (next > now) return last
    last = next
  }
}

/** The first beginning of a window after a time. */
function nextWindow({ day, hour }: Maintained['maintenance'], afterMs: number): number {
  const [hours = 0, minutes = 0] = hour.split(':').map(Number)
  const midnight = Math.floor(afterMs / dayMs) * dayMs
  let start = midnight + (hours * 60 + minutes) * minuteMs
  while (start <= afterMs || weekdays[new Date(start).getUTCDay()] !== day) start += dayMs
  return start
}
