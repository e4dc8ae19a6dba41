import type { Scenario } from '../scenario.ts'
import { account } from './account.ts'
import { actions } from './actions.ts'
import { associatedResources } from './associated-resources.ts'
import { catalog } from './catalog.ts'
import { databases } from './databases.ts'
import { delivery } from './delivery.ts'
import { domains } from './domains.ts'
import { dropletActions } from './droplet-actions.ts'
import { droplets } from './droplets.ts'
import { customImages, images } from './images.ts'
import { kubernetes } from './kubernetes.ts'
import { ownClient } from './own-client.ts'
import { projects } from './projects.ts'
import { snapshots } from './snapshots.ts'
import { sshKeys } from './ssh-keys.ts'
import { tags } from './tags.ts'
import { volumeSnapshots, volumes } from './volumes.ts'

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
  volumes,
  volumeSnapshots,
  sshKeys,
  domains,
  customImages,
  delivery,
  associatedResources,
  projects,
  databases,
  kubernetes,
  ownClient,
]
