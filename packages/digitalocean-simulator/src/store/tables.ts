import { z } from 'zod'
import { actionTable } from '../resources/actions/action-record.ts'
import { autoscalePoolTable } from '../resources/autoscale/record.ts'
import { chargeTable } from '../resources/billing/charge-record.ts'
import { cdnEndpointTable } from '../resources/cdn-endpoints/cdn-endpoint-record.ts'
import { certificateTable } from '../resources/certificates/certificate-record.ts'
import { databaseTable } from '../resources/databases/record.ts'
import { dnsRecordTable, domainTable } from '../resources/domains/domain-record.ts'
import { destructionTable } from '../resources/droplets/destruction-record.ts'
import { dropletTable } from '../resources/droplets/droplet-record.ts'
import { firewallTable } from '../resources/firewalls/firewall-record.ts'
import { customImageTable } from '../resources/images/custom-image-record.ts'
import { kubernetesTable } from '../resources/kubernetes/record.ts'
import { loadBalancerTable } from '../resources/load-balancers/load-balancer-record.ts'
import { assignmentTable, projectTable } from '../resources/projects/project-record.ts'
import { reservedIpTable } from '../resources/reserved-ips/reserved-ip-record.ts'
import { snapshotTable } from '../resources/snapshots/snapshot-record.ts'
import { sshKeyTable } from '../resources/ssh-keys/ssh-key-record.ts'
import { tagTable } from '../resources/tags/tag-record.ts'
import { volumeSnapshotTable, volumeTable } from '../resources/volumes/volume-record.ts'
import { vpcTable } from '../resources/vpcs/vpc-record.ts'
import { type StoredTable, Table } from './table.ts'

const numberById = z.object({ id: z.string(), value: z.number() })

/** Every table of the simulated account. A new resource adds its line here. */
export interface Tables {
  /** How far each kind of id has been used up. */
  readonly counters: ReturnType<typeof numberTable>
  /** What the control routes changed about the world itself, such as its time. */
  readonly settings: ReturnType<typeof numberTable>
  readonly droplets: ReturnType<typeof dropletTable>
  readonly actions: ReturnType<typeof actionTable>
  readonly snapshots: ReturnType<typeof snapshotTable>
  readonly tags: ReturnType<typeof tagTable>
  readonly projects: ReturnType<typeof projectTable>
  readonly assignments: ReturnType<typeof assignmentTable>
  readonly databases: ReturnType<typeof databaseTable>
  readonly kubernetes: ReturnType<typeof kubernetesTable>
  readonly autoscalePools: ReturnType<typeof autoscalePoolTable>
  readonly charges: ReturnType<typeof chargeTable>
  readonly volumes: ReturnType<typeof volumeTable>
  readonly volumeSnapshots: ReturnType<typeof volumeSnapshotTable>
  readonly vpcs: ReturnType<typeof vpcTable>
  readonly firewalls: ReturnType<typeof firewallTable>
  readonly loadBalancers: ReturnType<typeof loadBalancerTable>
  readonly reservedIps: ReturnType<typeof reservedIpTable>
  readonly reservedIpv6s: ReturnType<typeof reservedIpTable>
  readonly sshKeys: ReturnType<typeof sshKeyTable>
  readonly customImages: ReturnType<typeof customImageTable>
  readonly domains: ReturnType<typeof domainTable>
  readonly certificates: ReturnType<typeof certificateTable>
  readonly cdnEndpoints: ReturnType<typeof cdnEndpointTable>
  readonly destructions: ReturnType<typeof destructionTable>
  readonly dnsRecords: ReturnType<typeof dnsRecordTable>
}

export function createTables(): Tables {
  return {
    counters: numberTable('counters'),
    settings: numberTable('settings'),
    droplets: dropletTable(),
    actions: actionTable(),
    snapshots: snapshotTable(),
    tags: tagTable(),
    projects: projectTable(),
    assignments: assignmentTable(),
    databases: databaseTable(),
    kubernetes: kubernetesTable(),
    autoscalePools: autoscalePoolTable(),
    charges: chargeTable(),
    volumes: volumeTable(),
    volumeSnapshots: volumeSnapshotTable(),
    vpcs: vpcTable(),
    firewalls: firewallTable(),
    loadBalancers: loadBalancerTable(),
    reservedIps: reservedIpTable('reserved-ips'),
    reservedIpv6s: reservedIpTable('reserved-ipv6s'),
    sshKeys: sshKeyTable(),
    customImages: customImageTable(),
    domains: domainTable(),
    certificates: certificateTable(),
    cdnEndpoints: cdnEndpointTable(),
    destructions: destructionTable(),
    dnsRecords: dnsRecordTable(),
  }
}

/** The tables by name, for replay and dump. */
export function storedTables(tables: Tables): ReadonlyMap<string, StoredTable> {
  const all: readonly StoredTable[] = Object.values(tables)
  return new Map(all.map((table) => [table.name, table]))
}

function numberTable(name: string) {
  return new Table({ name, schema: numberById, key: (row) => row.id, indexes: {} })
}
