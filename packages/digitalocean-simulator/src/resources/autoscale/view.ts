import type { Call } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { isLeaving } from '../droplets/droplet-batch.ts'
import type { AutoscalePoolRecord, DropletTemplate, ScalingConfig } from './record.ts'

type Member = AutoscalePoolRecord['members'][number]

/** A pool as the API writes it. */
export function autoscalePoolView(call: Call, pool: AutoscalePoolRecord) {
  return {
    id: pool.id,
    name: pool.name,
    config: configView(pool.config),
    droplet_template: templateView(pool.template),
    current_utilization: utilization(call, pool.id),
    created_at: timestamp(pool.createdMs),
    updated_at: timestamp(pool.updatedMs),
    status: pool.goneMs === null ? 'active' : 'deleting',
    active_resources_count: presentMembers(call, pool).length,
  }
}

/** The droplets of a pool that are there, and those that are on their way out. */
export function presentMembers(call: Call, pool: AutoscalePoolRecord): readonly Member[] {
  return pool.members.filter(({ droplet }) => {
    const found = call.tx.tables.droplets.get(droplet)
    return found !== undefined && found.deletedMs === null
  })
}

export function memberView(call: Call, member: Member) {
  const droplet = call.tx.tables.droplets.get(member.droplet)
  const leaving = droplet === undefined || isLeaving(call, droplet)
  const known = droplet?.status === 'new' ? 'provisioning' : (droplet?.status ?? 'deleting')
  const healthy = droplet?.status === 'active' && !leaving
  return {
    droplet_id: member.droplet,
    created_at: timestamp(member.createdMs),
    updated_at: timestamp(member.createdMs),
    health_status: healthy ? 'healthy' : 'unhealthy',
    unhealthy_reason: healthy ? '' : 'The Droplet is not active',
    status: leaving ? 'deleting' : known,
    current_utilization: utilization(call, member.droplet),
  }
}

export function historyView(event: AutoscalePoolRecord['history'][number]) {
  return {
    history_event_id: event.id,
    current_instance_count: event.current,
    desired_instance_count: event.desired,
    reason: event.reason,
    status: 'success',
    created_at: timestamp(event.ms),
    updated_at: timestamp(event.ms),
  }
}

function configView(config: ScalingConfig) {
  if ('target' in config) return { target_number_instances: config.target }
  return {
    min_instances: config.min,
    max_instances: config.max,
    ...(config.cpu === null ? {} : { target_cpu_utilization: config.cpu }),
    ...(config.memory === null ? {} : { target_memory_utilization: config.memory }),
    cooldown_minutes: config.cooldownMinutes,
  }
}

function templateView(template: DropletTemplate) {
  return {
    name: template.name,
    region: template.region,
    size: template.size,
    image: template.image,
    ssh_keys: template.sshKeys,
    tags: template.tags,
    vpc_uuid: template.vpc,
    with_droplet_agent: template.agent,
    project_id: template.project,
    ipv6: template.ipv6,
    user_data: template.userData,
    public_networking: template.publicNetworking,
  }
}

/** Always the same, and never so much that it would matter. */
function utilization(call: Call, id: string | number) {
  const draw = (what: string) => {
    const fraction = call.world.random.fraction('utilization', what, id)
    return Number((0.1 + 0.3 * fraction).toFixed(3))
  }
  return { cpu: draw('cpu'), memory: draw('memory') }
}
