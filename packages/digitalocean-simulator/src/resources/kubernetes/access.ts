import { authorityBase64 } from '../../catalog/authority.ts'
import { unprocessable } from '../../http/answer.ts'
import type { Call } from '../../http/route.ts'
import { timestamp } from '../../time.ts'
import type { ClusterRecord } from './record.ts'
import { endpointOf } from './view.ts'

const weekMs = 7 * 86_400_000

/** What a client connects with; nothing listens there. */
export function credentialsView(call: Call, cluster: ClusterRecord) {
  return {
    server: endpointOf(cluster),
    certificate_authority_data: authorityBase64,
    client_certificate_data: null,
    client_key_data: null,
    token: tokenOf(call, cluster),
    expires_at: timestamp(call.now + lifetimeMs(call)),
  }
}

/** The same as a file for `kubectl`. */
export function kubeconfig(call: Call, cluster: ClusterRecord) {
  const name = `do-${cluster.region}-${cluster.name}`
  const content = `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: ${authorityBase64}
    server: ${endpointOf(cluster)}
  name: ${name}
contexts:
- context:
    cluster: ${name}
    user: ${name}-admin
  name: ${name}
current-context: ${name}
preferences: {}
users:
- name: ${name}-admin
  user:
    token: ${tokenOf(call, cluster)}
`
  return { type: 'application/yaml', content }
}

export function userView(cluster: ClusterRecord) {
  return {
    kubernetes_cluster_user: {
      username: `operator-${cluster.name}@example.com`,
      groups: ['k8saas:authenticated'],
    },
  }
}

function tokenOf(call: Call, cluster: ClusterRecord): string {
  const text = call.world.random.uuid('kubernetes-token', cluster.id).replaceAll('-', '')
  return `dop_v1_${text}${text}`
}

function lifetimeMs(call: Call): number {
  const asked = call.url.searchParams.get('expiry_seconds') ?? '0'
  if (!/^\d{1,9}$/.test(asked)) throw unprocessable('expiry_seconds must be a positive integer')
  return Number(asked) * 1000 || weekMs
}
