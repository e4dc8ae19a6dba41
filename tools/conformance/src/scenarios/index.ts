import type { Scenario } from '../scenario.ts'
import { account } from './account.ts'
import { actions } from './actions.ts'
import { autoscalePools } from './autoscale-pools.ts'
import { balance } from './balance.ts'
import { catalog } from './catalog.ts'
import { databaseContents, databaseReplicas, databaseSettings, databases } from './databases.ts'
import { dropletActions } from './droplet-actions.ts'
import { droplets } from './droplets.ts'
import { images } from './images.ts'
import { kubernetes, kubernetesEnds, kubernetesPools } from './kubernetes.ts'
import { projects } from './projects.ts'
import { snapshots } from './snapshots.ts'
import { tags } from './tags.ts'

/** Every scenario. A new kind adds its file and its line here. */
export const scenarios: readonly Scenario[] = [
  account,
  catalog,
  images,
  droplets,
  dropletActions,
  actions,
  snapshots,
  tags,
  projects,
  databases,
  databaseContents,
  databaseSettings,
  databaseReplicas,
  kubernetes,
  kubernetesPools,
  kubernetesEnds,
  autoscalePools,
  balance,
]
