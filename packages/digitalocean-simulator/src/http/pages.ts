import { unprocessable } from './answer.ts'

const defaultPerPage = 20
const maxPerPage = 200

/** The part of a listing that was asked for, and what the API says around it. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly links: { readonly pages?: Readonly<Record<string, string>> }
  readonly meta: { readonly total: number }
}

/**
 * Cuts a listing by `page` and `per_page`. The cut is by offset, as in the real API: what is
 * deleted between two requests shifts all that follows it.
 * @param url the request's own address, from which the links are made
 * @throws ApiError 422 for what is not a positive integer; more than 200 a page is taken as 200
 */
export function paginate<T>(all: readonly T[], url: URL): Page<T> {
  const page = positive(url, 'page', 1)
  const perPage = Math.min(positive(url, 'per_page', defaultPerPage), maxPerPage)
  const last = Math.max(1, Math.ceil(all.length / perPage))
  return {
    items: all.slice((page - 1) * perPage, page * perPage),
    links: links(url, page, last),
    meta: { total: all.length },
  }
}

function links(url: URL, page: number, last: number): Page<never>['links'] {
  if (last === 1) return {}
  const to = (target: number) => {
    const link = new URL(url)
    link.searchParams.set('page', String(target))
    return link.toString()
  }
  const back = page > 1 ? { first: to(1), prev: to(Math.min(page - 1, last)) } : {}
  const forth = page < last ? { next: to(page + 1), last: to(last) } : {}
  return { pages: { ...back, ...forth } }
}

function positive(url: URL, name: string, fallback: number): number {
  const text = url.searchParams.get(name)
  if (text === null || text === '') return fallback
  if (!/^[1-9]\d{0,8}$/.test(text)) throw unprocessable(`${name} must be a positive integer`)
  return Number(text)
}
