/** Steps of which a request leaves that changes a cloud. */
const writingSteps: ReadonlySet<string> = new Set([
  'create_droplet_snapshot',
  'snapshot_if_asked',
  'create_droplet',
  'remove_run_tag',
  'shut_down_droplet',
  'power_off_droplet',
  'power_on_droplet',
  'resize_droplet',
  'resize_droplet_disk',
  'rename_droplet',
  'delete_droplet',
])

/** Sagas with such a step in them: all that this feature has. */
const writingKinds: ReadonlySet<string> = new Set([
  'snapshot_droplet',
  'create_droplet',
  'resize_droplet',
  'resize_droplet_disk',
  'rename_droplet',
  'delete_droplet',
])

/**
 * Whether a run would change a cloud, and so has to be refused while writes are: of a saga by its
 * kind, or of an ad-hoc plan by the names of its steps.
 */
export function writesToCloud(plan: string | readonly string[]): boolean {
  return typeof plan === 'string'
    ? writingKinds.has(plan)
    : plan.some((name) => writingSteps.has(name))
}

/**
 * Steps that an ad-hoc plan may name. Ad-hoc runs take no locks and show no preview, so that what
 * cannot be taken back, and what is asked for, is left to the sagas.
 */
export const permittedAdHocSteps: readonly string[] = [
  'create_droplet_snapshot',
  'read_droplet',
  'read_size',
  'shut_down_droplet',
  'power_off_droplet',
  'power_on_droplet',
  'resize_droplet',
  'rename_droplet',
  'create_droplet',
  'remove_run_tag',
  'observe_droplet',
  'observe_snapshot',
]
