import { ApiError } from '../../http/answer.ts'
import type { World } from '../../http/route.ts'
import type { Transaction } from '../../store/transaction.ts'
import type { AssignmentRecord, ProjectRecord } from './project-record.ts'
import { allOwned, findOwned, type Owned } from './urn.ts'

/** The project that every account has from its beginning. */
export function addDefaultProject(tx: Transaction, world: World, now: number): ProjectRecord {
  return tx.put(tx.tables.projects, {
    id: world.random.uuid('project', 'default'),
    name: 'first-project',
    description: 'Update your project information under Settings',
    purpose: 'Just trying out DigitalOcean',
    environment: 'Development',
    isDefault: true,
    createdMs: now,
    updatedMs: now,
  })
}

/** Where resources land that were put nowhere else. */
export function defaultProject(tx: Transaction): ProjectRecord {
  const [project] = tx.tables.projects.find('default', 'default')
  if (!project) throw new Error('the account has no default project')
  return project
}

/** A resource, and since when it is in its project. */
export interface Member {
  readonly resource: Owned
  readonly assignedMs: number
}

/** What is in a project, kind by kind, oldest first. */
export function membersOf(tx: Transaction, project: ProjectRecord): readonly Member[] {
  if (!project.isDefault) return assignedTo(tx, project)
  const members: Member[] = []
  for (const resource of allOwned(tx.tables)) {
    const assignment = assignmentOf(tx, resource)
    if (assignment && assignment.project !== project.id) continue
    members.push({ resource, assignedMs: assignment?.assignedMs ?? resource.createdMs })
  }
  return members
}

/** The id of the project that a resource is in. */
export function projectOf(tx: Transaction, urn: string): string {
  const resource = findOwned(tx.tables, urn)
  return (resource && assignmentOf(tx, resource)?.project) ?? defaultProject(tx).id
}

/** Puts a resource into a project, out of the one it was in. */
export function assign(tx: Transaction, project: string, urn: string, now: number): void {
  tx.put(tx.tables.assignments, { urn, project, assignedMs: now })
}

/**
 * Puts what is just being made into the project that was asked for; the default one without.
 * @throws ApiError 404 for a project that there is not
 */
export function assignAsked(
  tx: Transaction,
  project: string | null | undefined,
  urn: string,
  now: number,
): void {
  if (!project) return
  if (!tx.tables.projects.get(project)) throw new ApiError(404, 'not_found', 'project not found')
  assign(tx, project, urn, now)
}

/** Makes another project the default one; what was in the old one stays there. */
export function moveDefault(tx: Transaction, to: ProjectRecord, now: number): ProjectRecord {
  const old = defaultProject(tx)
  if (old.id === to.id) return to
  for (const { resource, assignedMs } of membersOf(tx, old)) {
    assign(tx, old.id, resource.urn, assignedMs)
  }
  tx.put(tx.tables.projects, { ...old, isDefault: false, updatedMs: now })
  return tx.put(tx.tables.projects, { ...to, isDefault: true })
}

function assignedTo(tx: Transaction, project: ProjectRecord): readonly Member[] {
  return tx.tables.assignments.find('project', project.id).flatMap((assignment) => {
    const resource = findOwned(tx.tables, assignment.urn)
    return resource && holds(assignment, resource)
      ? [{ resource, assignedMs: assignment.assignedMs }]
      : []
  })
}

function assignmentOf(tx: Transaction, resource: Owned): AssignmentRecord | undefined {
  const assignment = tx.tables.assignments.get(resource.urn)
  return assignment && holds(assignment, resource) ? assignment : undefined
}

/** Some URNs are names, and come back: an assignment older than its resource was of another one. */
function holds(assignment: AssignmentRecord, resource: Owned): boolean {
  return assignment.assignedMs >= resource.createdMs
}
