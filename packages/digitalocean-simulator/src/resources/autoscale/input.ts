import { z } from 'zod'
import { parseBody } from '../../http/body.ts'
import type { DropletTemplate, ScalingConfig } from './record.ts'

const share = z.number().min(0.05).max(1).nullish()
/** The official client leaves out what is zero, and sends empty texts for what is not asked for. */
const fixed = z
  .object({ target_number_instances: z.int().min(1).max(1000) })
  .transform((asked): ScalingConfig => ({ target: asked.target_number_instances }))
const dynamic = z
  .object({
    min_instances: z.int().min(1).max(500),
    max_instances: z.int().min(1).max(1000),
    target_cpu_utilization: share,
    target_memory_utilization: share,
    cooldown_minutes: z.int().min(5).max(20).nullish(),
  })
  .refine((asked) => asked.min_instances <= asked.max_instances, {
    error: 'min_instances must not be more than max_instances',
  })
  .refine((asked) => asked.target_cpu_utilization || asked.target_memory_utilization, {
    error: 'target_cpu_utilization or target_memory_utilization is required',
  })
  .transform(
    (asked): ScalingConfig => ({
      min: asked.min_instances,
      max: asked.max_instances,
      cpu: asked.target_cpu_utilization ?? null,
      memory: asked.target_memory_utilization ?? null,
      cooldownMinutes: asked.cooldown_minutes ?? 10,
    }),
  )
const template = z
  .object({
    name: z.string().nullish(),
    region: z.string(),
    size: z.string(),
    image: z.union([z.string(), z.number()]).transform(String),
    ssh_keys: z.array(z.union([z.string(), z.number()]).transform(String)).min(1),
    tags: z.array(z.string()).nullish(),
    vpc_uuid: z.string().nullish(),
    with_droplet_agent: z.boolean().nullish(),
    project_id: z.string().nullish(),
    ipv6: z.boolean().nullish(),
    user_data: z.string().nullish(),
    public_networking: z.boolean().nullish(),
  })
  .transform(
    (asked): DropletTemplate => ({
      name: asked.name ?? '',
      region: asked.region,
      size: asked.size,
      image: asked.image,
      sshKeys: asked.ssh_keys,
      tags: asked.tags ?? [],
      vpc: asked.vpc_uuid ?? '',
      agent: asked.with_droplet_agent ?? false,
      project: asked.project_id ?? '',
      ipv6: asked.ipv6 ?? false,
      userData: asked.user_data ?? '',
      publicNetworking: asked.public_networking ?? true,
    }),
  )

const input = z.object({
  name: z.string().min(1).max(255),
  config: z.record(z.string(), z.unknown()),
  droplet_template: template,
})

/** What was asked for, in a creation and in a change alike. @throws ApiError 422 */
export function parsePool(body: unknown) {
  const { name, config, droplet_template } = parseBody(input, body)
  // One or the other by what is there, so that what is wrong is told of that one.
  const scaling = config['target_number_instances'] === undefined ? dynamic : fixed
  return { name, config: parseBody<ScalingConfig>(scaling, config), template: droplet_template }
}
