import { regions } from './regions.ts'
import { type Size, sizes } from './sizes.ts'

interface KubernetesVersion {
  readonly slug: string
  readonly kubernetesVersion: string
}

/** The versions that clusters can have, oldest first. */
export const kubernetesVersions: readonly KubernetesVersion[] = [
  version('1.31.9', 5),
  version('1.32.5', 3),
  version('1.32.10', 1),
  version('1.33.6', 1),
  version('1.34.1', 2),
]

/** The sizes that nodes can have: those with room for Kubernetes itself. */
export const nodeSizes: readonly Size[] = sizes.filter((size) => size.memory >= 2048)

/** The version of a slug; `1.32` is the newest of that line, and `latest` of all. */
export function findKubernetesVersion(name: string): KubernetesVersion | undefined {
  if (name === 'latest') return kubernetesVersions.at(-1)
  return kubernetesVersions.findLast(
    (each) => each.slug === name || each.kubernetesVersion.startsWith(`${name}.`),
  )
}

/** Those that a cluster can be upgraded to: newer ones of its line, and of the next. */
export function upgradesOf(slug: string): readonly KubernetesVersion[] {
  const index = kubernetesVersions.findIndex((each) => each.slug === slug)
  const line = minor(slug)
  return kubernetesVersions
    .slice(index + 1)
    .filter((each) => minor(each.slug) === line || minor(each.slug) === line + 1)
}

/** `GET /v2/kubernetes/options`: what there is to choose from, the newest version first. */
export function kubernetesOptions() {
  const available = regions.filter((region) => region.available)
  return {
    options: {
      regions: available.map(({ name, slug }) => ({ name, slug })),
      versions: kubernetesVersions.map(versionView).reverse(),
      sizes: nodeSizes.map(({ slug }) => ({ name: slug, slug })),
    },
  }
}

export function versionView({ slug, kubernetesVersion }: KubernetesVersion) {
  return {
    slug,
    kubernetes_version: kubernetesVersion,
    supported_features: ['cluster-autoscaler', 'docr-integration', 'ha-control-plane'],
  }
}

function minor(slug: string): number {
  return Number(slug.split('.')[1])
}

function version(kubernetesVersion: string, revision: number): KubernetesVersion {
  return { slug: `${kubernetesVersion}-do.${revision}`, kubernetesVersion }
}
