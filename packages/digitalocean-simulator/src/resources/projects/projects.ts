import { z } from 'zod'
import { ApiError, notFound, unprocessable } from '../../http/answer.ts'
import { parseBody } from '../../http/body.ts'
import { paginate } from '../../http/pages.ts'
import type { Call, Route } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import { ownerView } from '../account.ts'
import { assign, defaultProject, membersOf, moveDefault } from './project-membership.ts'
import type { ProjectRecord } from './project-record.ts'
import { findOwned, type Owned } from './urn.ts'

const purposes = [
  'Just trying out DigitalOcean',
  'Class project / Educational purposes',
  'Website or blog',
  'Web Application',
  'Service or API',
  'Mobile Application',
  'Machine learning / AI / Data processing',
  'IoT',
  'Operational / Developer tooling',
]
/** In any case; stored as DigitalOcean writes them. */
const environment = z
  .string()
  .transform((text) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase())
  .pipe(z.enum(['Development', 'Staging', 'Production']))
const creation = z.object({
  name: z.string().min(1).max(175),
  description: z.string().max(255).nullish(),
  purpose: z.string().min(1).max(255),
  environment: z.union([z.literal(''), environment]).nullish(),
})
const replacement = creation.extend({ is_default: z.boolean().nullish() })
const change = z.object({
  name: replacement.shape.name.nullish(),
  description: replacement.shape.description,
  purpose: replacement.shape.purpose.nullish(),
  environment: replacement.shape.environment,
  is_default: replacement.shape.is_default,
})
const assignment = z.object({ resources: z.array(z.string()).nullish() })

/** Projects: every resource is in exactly one. */
export const projectRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/projects', scopes: ['project:read'], handle: list },
  { method: 'POST', path: '/v2/projects', scopes: ['project:create'], handle: create },
  // `default` is a project's name here: it stands in the place of an id.
  { method: 'GET', path: '/v2/projects/:project', scopes: ['project:read'], handle: show },
  { method: 'PUT', path: '/v2/projects/:project', scopes: ['project:update'], handle: replace },
  { method: 'PATCH', path: '/v2/projects/:project', scopes: ['project:update'], handle: alter },
  { method: 'DELETE', path: '/v2/projects/:project', scopes: ['project:delete'], handle: remove },
  {
    method: 'GET',
    path: '/v2/projects/:project/resources',
    scopes: ['project:read'],
    handle: listResources,
  },
  {
    method: 'POST',
    path: '/v2/projects/:project/resources',
    scopes: ['project:assign_resource'],
    handle: assignResources,
  },
]

function list(call: Call) {
  const page = paginate([...call.tx.tables.projects.rows()], call.url)
  const projects = page.items.map((each) => projectView(call, each))
  return { status: 200, body: { projects, links: page.links, meta: page.meta } }
}

function create(call: Call) {
  const asked = parseBody(creation, call.body)
  checkName(call, asked.name)
  const { tx, world, now } = call
  const project = tx.put(tx.tables.projects, {
    id: world.random.uuid('project', tx.next('project')),
    name: asked.name,
    description: asked.description ?? '',
    purpose: spelledPurpose(asked.purpose),
    environment: asked.environment || 'Development',
    isDefault: false,
    createdMs: now,
    updatedMs: now,
  })
  return { status: 201, body: { project: projectView(call, project) } }
}

function show(call: Call) {
  return { status: 200, body: { project: projectView(call, projectNamed(call)) } }
}

function replace(call: Call) {
  return apply(call, parseBody(replacement, call.body))
}

function alter(call: Call) {
  return apply(call, parseBody(change, call.body))
}

function apply(call: Call, asked: z.infer<typeof change>) {
  const project = projectNamed(call)
  if (asked.name) checkName(call, asked.name, project)
  const { tx, now } = call
  const changed = tx.put(tx.tables.projects, {
    ...project,
    name: asked.name ?? project.name,
    description: asked.description ?? project.description,
    purpose: asked.purpose ? spelledPurpose(asked.purpose) : project.purpose,
    environment: asked.environment || project.environment,
    updatedMs: now,
  })
  const moved = asked.is_default ? moveDefault(tx, changed, now) : changed
  return { status: 200, body: { project: projectView(call, moved) } }
}

function remove(call: Call) {
  const project = projectNamed(call)
  if (project.isDefault) {
    throw new ApiError(409, 'conflict', 'the default project cannot be deleted')
  }
  if (membersOf(call.tx, project).length > 0) {
    throw new ApiError(412, 'precondition_failed', 'cannot delete a project with resources')
  }
  call.tx.remove(call.tx.tables.projects, project.id)
  return { status: 204 }
}

function listResources(call: Call) {
  const page = paginate(membersOf(call.tx, projectNamed(call)), call.url)
  const resources = page.items.map(({ resource, assignedMs }) =>
    resourceView(call, resource, assignedMs, 'ok'),
  )
  return { status: 200, body: { resources, links: page.links, meta: page.meta } }
}

function assignResources(call: Call) {
  const project = projectNamed(call)
  const urns = parseBody(assignment, call.body).resources ?? []
  const owned = urns.map((urn) => {
    if (!/^do:[a-z]+:.+$/.test(urn)) throw unprocessable(`invalid resource URN: ${urn}`)
    const found = findOwned(call.tx.tables, urn)
    if (!found) throw new ApiError(404, 'not_found', `resource not found: ${urn}`)
    return found
  })
  const there = new Map(
    membersOf(call.tx, project).map(({ resource, assignedMs }) => [resource.urn, assignedMs]),
  )
  const resources = owned.map((resource) => {
    const assignedMs = there.get(resource.urn)
    if (assignedMs !== undefined)
      return resourceView(call, resource, assignedMs, 'already_assigned')
    assign(call.tx, project.id, resource.urn, call.now)
    return resourceView(call, resource, call.now, 'assigned')
  })
  return { status: 200, body: { resources } }
}

function projectNamed(call: Call): ProjectRecord {
  const key = call.params['project'] ?? ''
  if (key === 'default') return defaultProject(call.tx)
  const project = call.tx.tables.projects.get(key)
  if (!project) throw notFound()
  return project
}

function checkName(call: Call, name: string, self?: ProjectRecord): void {
  for (const other of call.tx.tables.projects.rows()) {
    if (other.id !== self?.id && other.name === name) {
      throw new ApiError(409, 'conflict', 'name is already in use')
    }
  }
}

/** Purposes of one's own are marked as such. */
function spelledPurpose(purpose: string): string {
  return purposes.includes(purpose) || purpose.startsWith('Other: ') ? purpose : `Other: ${purpose}`
}

function projectView(call: Call, project: ProjectRecord) {
  return {
    id: project.id,
    ...ownerView(call.world),
    name: project.name,
    description: project.description,
    purpose: project.purpose,
    environment: project.environment,
    is_default: project.isDefault,
    created_at: timestamp(project.createdMs),
    updated_at: timestamp(project.updatedMs),
  }
}

function resourceView(
  call: Call,
  resource: Owned,
  assignedMs: number,
  status: 'ok' | 'assigned' | 'already_assigned',
) {
  return {
    urn: resource.urn,
    assigned_at: timestamp(assignedMs),
    links: { self: `${call.url.origin}${resource.path}` },
    status,
  }
}
