import { z } from 'zod'
import type { CallOptions } from '../transport/call.ts'
import type { Caller } from '../transport/caller.ts'
import { pathOf } from '../transport/path.ts'
import { type Collection, collection, pageShape } from './collection.ts'

const project = z.looseObject({
  /** A UUID. */
  id: z.string(),
  /** Unique in the account. */
  name: z.string(),
  description: z.string(),
  /** One of DigitalOcean's own, or `Other: ` and whatever was asked for. */
  purpose: z.string(),
  /** `Development`, `Staging` or `Production`. */
  environment: z.string(),
  /** Whether resources land here that are put nowhere else. */
  is_default: z.boolean(),
  owner_uuid: z.string().nullish(),
  /** RFC 3339. */
  created_at: z.string(),
  updated_at: z.string(),
})

export type Project = z.infer<typeof project>

const member = z.looseObject({
  /** Such as `do:droplet:7`. */
  urn: z.string(),
  /** RFC 3339. */
  assigned_at: z.string().nullish(),
  links: z.looseObject({ self: z.string().nullish() }).nullish(),
  /** `ok`; `not_found` or `service_down` where the project knows more than the resource's kind. */
  status: z.string(),
})

/** A resource that is in a project. */
export type ProjectMember = z.infer<typeof member>

/** What became of a resource that was to be put into a project: `assigned`, `already_assigned`. */
export type Assignment = ProjectMember

export type Environment = 'Development' | 'Staging' | 'Production'

/** By the API's own names. */
export interface ProjectCreate {
  /** Unique; 175 characters at most. */
  readonly name: string
  readonly description?: string | undefined
  /** 255 characters at most. */
  readonly purpose: string
  readonly environment?: Environment | undefined
}

/** What is left out stays. */
export interface ProjectChange {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly purpose?: string | undefined
  readonly environment?: Environment | undefined
  /** True takes it from the project that was the default. There is always one. */
  readonly is_default?: true | undefined
}

export interface ProjectsResource extends Collection<Project> {
  get(id: string, options?: CallOptions): Promise<Project>
  getDefault(options?: CallOptions): Promise<Project>
  /** `Conflict` when the name is taken, which it is too when this very call has been made before. */
  create(input: ProjectCreate, options?: CallOptions): Promise<Project>
  update(id: string, change: ProjectChange, options?: CallOptions): Promise<Project>
  /** Of an empty project. One with resources answers `Refused`, status 412: move them first. */
  delete(id: string, options?: CallOptions): Promise<void>
  /** What is in one project. */
  resources(id: string): Collection<ProjectMember>
  /** Moves resources, by their URNs, out of whatever projects they are in. May be repeated. */
  assign(id: string, urns: readonly string[], options?: CallOptions): Promise<Assignment[]>
}

const oneAnswer = z.looseObject({ project })
const membersAnswer = z.looseObject({ resources: z.array(member) })

export function projectsResource(caller: Caller): ProjectsResource {
  const projects = collection(caller, {
    operation: 'projects.list',
    path: ['projects'],
    schema: z.looseObject({ projects: z.array(project), ...pageShape }),
    items: (answer) => answer.projects,
  })
  async function read(operation: string, id: string, { signal }: CallOptions = {}) {
    const call = { operation, path: pathOf('projects', id), signal, schema: oneAnswer }
    return (await caller.read(call)).value.project
  }
  return {
    ...projects,
    get: (id, options) => read('projects.get', id, options),
    getDefault: (options) => read('projects.getDefault', 'default', options),
    create: async (input, { signal } = {}) => {
      const call = { operation: 'projects.create', path: pathOf('projects'), signal }
      const write = { ...call, method: 'POST', body: input, schema: oneAnswer } as const
      return (await caller.write(write)).project
    },
    update: async (id, change, { signal } = {}) => {
      const call = { operation: 'projects.update', path: pathOf('projects', id), signal }
      const write = { ...call, method: 'PATCH', body: change, schema: oneAnswer } as const
      return (await caller.write(write)).project
    },
    delete: async (id, { signal } = {}) => {
      const call = { operation: 'projects.delete', path: pathOf('projects', id), signal }
      await caller.command({ ...call, method: 'DELETE' })
    },
    resources: (id) =>
      collection(caller, {
        operation: 'projects.resources',
        path: ['projects', id, 'resources'],
        schema: z.looseObject({ ...membersAnswer.shape, ...pageShape }),
        items: (answer) => answer.resources,
      }),
    assign: async (id, urns, { signal } = {}) => {
      const path = pathOf('projects', id, 'resources')
      const call = { operation: 'projects.assign', method: 'POST', path, signal } as const
      const body = { resources: urns }
      return (await caller.write({ ...call, body, schema: membersAnswer })).resources
    },
  }
}
