import { readFile } from 'node:fs/promises'
import { EmbeddedPostgresError } from './errors.ts'

/** Whom the server runs as. `switched`: not ourselves; we are root, which PostgreSQL refuses. */
export type ServerUser = Readonly<{ uid: number; gid: number; name: string; switched: boolean }>

type Account = Readonly<{ name: string; uid: number; gid: number }>

/** Accounts that may serve when we are root, best first. */
const servants: readonly string[] = ['postgres', '_postgres', 'nobody']

/**
 * Whom to run the server as: ourselves, or, as root, an unprivileged account. It needs an entry in
 * the password file, for PostgreSQL looks its own name up.
 * @param owner uid of the data folder when there is one already: whoever made the data keeps it
 * @throws EmbeddedPostgresError `no_server_user` or `data_unreachable`
 */
export async function chooseServerUser(owner: number | undefined): Promise<ServerUser> {
  const accounts = parsePasswordFile(await readFile('/etc/passwd', 'utf8').catch(() => ''))
  const uid = process.geteuid?.() ?? 0
  if (uid === 0) return chooseServant(accounts, owner)
  const name = accounts.find((account) => account.uid === uid)?.name ?? String(uid)
  if (owner !== undefined && owner !== uid) {
    const other = accounts.find((account) => account.uid === owner)?.name ?? String(owner)
    throw new EmbeddedPostgresError(
      'data_unreachable',
      `The embedded database belongs to user ${other}, and this program runs as ${name}. Run it as ${other} or as root, or choose another DATA_DIR.`,
    )
  }
  return { uid, gid: process.getegid?.() ?? uid, name, switched: false }
}

/** Which account root lends the server; exported for its rule to be tested. */
export function chooseServant(accounts: readonly Account[], owner: number | undefined): ServerUser {
  const keeper = owner === 0 ? undefined : accounts.find((account) => account.uid === owner)
  const servant =
    keeper ?? servants.map((name) => accounts.find((a) => a.name === name)).find(Boolean)
  if (servant === undefined) {
    throw new EmbeddedPostgresError(
      'no_server_user',
      'PostgreSQL does not run as root, and /etc/passwd has neither a user postgres nor nobody to run it as. Add one, run as an ordinary user, or set DATABASE_URL.',
    )
  }
  return { ...servant, switched: true }
}

/** Accounts of `/etc/passwd`. macOS writes the uid of nobody as -2, which the kernel counts unsigned. */
export function parsePasswordFile(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    if (name === undefined || uid === undefined || gid === undefined) return []
    return line.startsWith('#') ? [] : [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }]
  })
}
