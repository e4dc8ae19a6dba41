import type { Command } from 'commander'
import { type Catalogue, idOf, shortId } from '../api/ids.ts'
import { readList } from '../api/lists.ts'
import {
  type Resource,
  type ResourceEvent,
  type ResourceWithSpec,
  resourceBody,
  resourceEventBody,
  resourceWithSpecBody,
} from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { type Detail, details } from '../render/details.ts'
import { type Column, table } from '../render/table.ts'
import { count, printable } from '../render/text.ts'
import { exact, moment, relative } from '../render/time.ts'
import { actorName, changesText, resourceEvent, value } from '../render/words.ts'
import { type ApiFlags, type Cli, type Session, withSession } from '../session.ts'
import { wholeNumber } from './arguments.ts'

export const resources: Catalogue<Resource> = {
  noun: 'resource',
  path: '/resources',
  shape: resourceBody,
  limit: 20_000,
  names: ({ name, external_id: id, urn, kind }) => [
    name,
    id,
    urn,
    `${kind}/${name}`,
    `${kind}/${id}`,
  ],
  label: ({ kind, name, external_id: id }) => `${kind} ${name ?? ''} (${id})`,
  listing: 'arcadia resources ls',
}

type ListFlags = ApiFlags & Readonly<{ kind?: string; limit: number; all?: boolean }>
type ShowFlags = ApiFlags & Readonly<{ events: number }>

/** `arcadia resources …`: what the clouds have. */
export function addResourceCommands(program: Command, cli: Cli): void {
  const group = program.command('resources').description('what is in the clouds')
  withSession<ListFlags>(
    cli,
    group
      .command('ls')
      .description('what is there, as the last sync saw it, by kind and name')
      .option('--kind <kind>', 'only those of a kind, e.g. droplet')
      .option('--limit <number>', 'how many at most', wholeNumber, 50)
      .option('--all', 'all there are'),
    listResources,
  )
  withSession<ShowFlags>(
    cli,
    group
      .command('show')
      .argument('<id>', "its id, its name, or the cloud's id; kind/name where names are shared")
      .description('one resource, and what has happened to it')
      .option('--events <number>', 'how many events at most', wholeNumber, 20),
    showResource,
  )
}

async function listResources(session: Session, flags: ListFlags): Promise<ExitCode> {
  const list = await readList(session.api, {
    path: '/resources',
    query: { kind: flags.kind },
    shape: resourceBody,
    limit: flags.all === true ? undefined : flags.limit,
  })
  if (session.json) session.printJson(list.body)
  else if (list.rows.length === 0) {
    session.note('Nothing of that is in the inventory; "arcadia sync" brings it up to date.')
  } else {
    // A page of more is in the API's order: sorted, it would look as if the rest were not there.
    session.print(resourceTable(list.more ? list.rows : sorted(list.rows), session))
    if (list.more) {
      session.note(
        `These are the first ${list.rows.length}, in the order in which they were first seen. All of them, by kind and name: --all.`,
      )
    }
  }
  return exitCodes.ok
}

function sorted(rows: readonly Resource[]): Resource[] {
  const names = new Intl.Collator('en', { numeric: true })
  const by = (one: Resource, other: Resource) =>
    names.compare(one.kind, other.kind) ||
    names.compare(one.name ?? one.external_id, other.name ?? other.external_id)
  return rows.toSorted(by)
}

export function resourceTable(
  rows: readonly Resource[],
  options: Pick<Session, 'paint' | 'width' | 'now'>,
): string[] {
  const now = options.now()
  const columns: Column<Resource>[] = [
    { title: 'ID', cell: ({ id }) => shortId(id) },
    { title: 'NAME', cell: ({ name }) => name ?? '', least: 14 },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'REGION', cell: ({ region }) => region ?? '' },
    { title: 'SIZE', cell: ({ size_slug: size }) => size ?? '', least: 11 },
    { title: 'STATUS', cell: ({ status }) => status ?? '', least: 6 },
    { title: 'READ', cell: (row) => relative(row.observed_at, now) },
    { title: "CLOUD'S ID", cell: ({ external_id: id }) => id, optional: true },
    { title: 'TAGS', cell: ({ tags }) => tags.join(', '), least: 12, optional: true },
  ]
  return table(columns, rows, options)
}

async function showResource(session: Session, flags: ShowFlags, given: string): Promise<ExitCode> {
  const id = await idOf(session.api, resources, given)
  const path = `/resources/${id}`
  const [resource, events] = await Promise.all([
    session.api.call({ path }, resourceWithSpecBody),
    readList(session.api, {
      path: `${path}/events`,
      shape: resourceEventBody,
      limit: flags.events,
    }),
  ])
  if (session.json) session.printJson({ resource: resource.body, events: events.body })
  else session.print(resourceDetails(resource.value, events, session))
  return exitCodes.ok
}

export function resourceDetails(
  resource: ResourceWithSpec,
  events: { readonly rows: readonly ResourceEvent[]; readonly more: boolean },
  options: Pick<Session, 'paint' | 'width' | 'now'>,
): string[] {
  const title = `${resource.kind}  ${printable(resource.name ?? resource.external_id)}`
  return [
    options.paint('bold', title),
    '',
    ...details(facts(resource, options.now()), { ...options, indent: '  ' }),
    '',
    options.paint('bold', 'Asked for'),
    ...askedFor(resource, options),
    '',
    ...eventLines(events, options),
  ]
}

function facts(resource: Resource, now: number): Detail[] {
  const unseen = resource.unobservable
  const { shown, left } = briefly(resource.attrs)
  return [
    ['id', resource.id],
    ["cloud's id", resource.external_id],
    ['urn', resource.urn ?? ''],
    ['account', resource.account_id],
    ['region', resource.region ?? ''],
    ['size', resource.size_slug ?? ''],
    ['status', resource.status ?? ''],
    ['tags', resource.tags.join(', ')],
    ['first seen', exact(resource.first_seen_at, now)],
    ['read', exact(resource.observed_at, now)],
    ['deleted', exact(resource.deleted_at, now), 'red'],
    ['not seen', unseen.length === 0 ? '' : `${unseen.join(', ')} (not in the last answer)`],
    ...shown,
    ['and', left.length === 0 ? '' : `${left.join(', ')}: --json shows them`],
  ]
}

function askedFor(
  { provisioned }: ResourceWithSpec,
  options: Pick<Session, 'paint' | 'width' | 'now'>,
): string[] {
  if (provisioned === null) return ['  nothing; "arcadia baseline" takes over what is live']
  const { spec, spec_version: version, source, owner, saga_id: saga, actor } = provisioned
  const by = saga === null ? actorName(actor) || source : `saga ${shortId(saga)}`
  return details(
    [
      ...Object.entries(spec).map(([name, content]): Detail => [name, value(content)]),
      ['version', `${version}, by ${by} (${source})`],
      ['since', exact(provisioned.written_at, options.now())],
      ['owner', owner],
    ],
    { ...options, indent: '  ' },
  )
}

/** What of the cloud's answer stands above it already. */
const told = new Set(['id', 'name', 'region', 'size', 'size_slug', 'status', 'tags'])
const longestBrief = 60

/** Of the cloud's own answer: what is short, and the names of the rest. */
function briefly(attrs: Resource['attrs']): { shown: readonly Detail[]; left: readonly string[] } {
  const shown: Detail[] = []
  const left: string[] = []
  for (const [name, content] of Object.entries(attrs)) {
    const text = value(content)
    if (told.has(name) || content === null || text === '[]' || text === '{}') continue
    if (text.length <= longestBrief) shown.push([name, text])
    else left.push(name)
  }
  return { shown, left }
}

function eventLines(
  { rows, more }: { readonly rows: readonly ResourceEvent[]; readonly more: boolean },
  options: Pick<Session, 'paint' | 'width' | 'now'>,
): string[] {
  const columns: Column<ResourceEvent>[] = [
    { title: 'WHEN', cell: ({ at }) => moment(at) },
    { title: 'EVENT', cell: ({ type }) => resourceEvent(type) },
    { title: 'WHAT', cell: ({ detail }) => changesText(detail), least: 20 },
    { title: 'BY', cell: byWhom },
  ]
  const title = `${count(rows.length, 'event')}${more ? ' (the latest)' : ''}`
  return [
    options.paint('bold', title.charAt(0).toUpperCase() + title.slice(1)),
    ...(rows.length === 0 ? [] : table(columns, rows, { ...options, indent: '  ' })),
  ]
}

function byWhom({ actor, saga_id: saga }: ResourceEvent): string {
  const words = new Set([actorName(actor), saga === null ? '' : `saga ${shortId(saga)}`])
  return [...words].filter((word) => word !== '').join(', ')
}
