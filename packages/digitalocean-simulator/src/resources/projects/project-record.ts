import { z } from 'zod'
import { Table } from '../../store/table.ts'

const projectRecord = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  purpose: z.string(),
  environment: z.enum(['Development', 'Staging', 'Production']),
  isDefault: z.boolean(),
  createdMs: z.number(),
  updatedMs: z.number(),
})

export type ProjectRecord = Readonly<z.infer<typeof projectRecord>>

const assignmentRecord = z.object({ urn: z.string(), project: z.string(), assignedMs: z.number() })

/** Says that a resource is in a project; one without an assignment is in the default project. */
export type AssignmentRecord = Readonly<z.infer<typeof assignmentRecord>>

export function projectTable() {
  return new Table<ProjectRecord, 'default'>({
    name: 'projects',
    schema: projectRecord,
    key: (row) => row.id,
    indexes: { default: (row) => (row.isDefault ? ['default'] : []) },
  })
}

export function assignmentTable() {
  return new Table<AssignmentRecord, 'project'>({
    name: 'assignments',
    schema: assignmentRecord,
    key: (row) => row.urn,
    indexes: { project: (row) => [row.project] },
  })
}
