// A list in pages: 10 000 objects in one answer would stall both sides.
import { isRecord } from '../lib/json.ts';
import type { List, ListOptions, Selection } from './api.ts';
import type { Exchange } from './exchange.ts';
import { isKubeStatus, KubeError } from './kube-error.ts';
import { partialObjects } from './media-types.ts';
import { collectionPath, describeRef, queryString, selectors } from './request-path.ts';

// Few round trips, and a page of Deployments stays below 10 MB.
const pageSize = 500;

/**
 * When the pages expire under way it starts once more, in one piece. Each page is parsed before the next one comes: who
 * keeps little of an object holds little.
 */
export async function listPages<T>(
  exchange: Exchange,
  selection: Selection,
  parse: (raw: unknown) => T,
  options: ListOptions,
): Promise<List<T>> {
  const inPages = await followPages(exchange, selection, parse, options, options.limit ?? pageSize);
  const list = inPages ?? (await followPages(exchange, selection, parse, options, undefined));
  if (list !== undefined) return list;
  throw badList(selection);
}

/** Undefined when a continue token has expired: after five minutes, or by a compaction. */
async function followPages<T>(
  exchange: Exchange,
  selection: Selection,
  parse: (raw: unknown) => T,
  { signal, metadataOnly }: ListOptions,
  limit: number | undefined,
): Promise<List<T> | undefined> {
  const items: T[] = [];
  let next = '';
  for (;;) {
    const query = { ...selectors(selection), limit: limit?.toString(), continue: next };
    let page: unknown;
    try {
      page = await exchange.json({
        verb: 'list',
        plural: selection.resource.plural,
        object: describeRef(selection.resource, selection.namespace),
        path: collectionPath(selection.resource, selection.namespace) + queryString(query),
        ...(metadataOnly === true ? { accept: partialObjects.list } : {}),
        signal,
      });
    } catch (error) {
      if (next !== '' && isKubeStatus(error, 410)) return undefined;
      throw error;
    }
    if (!isRecord(page) || !isRecord(page.metadata)) throw badList(selection);
    // An empty list is null when the API server writes it.
    for (const item of Array.isArray(page.items) ? page.items : []) {
      items.push(parse(metadataOnly === true ? item : withType(item, selection)));
    }
    const { resourceVersion, continue: following } = page.metadata;
    next = typeof following === 'string' ? following : '';
    if (next === '')
      return { items, resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '' };
  }
}

/** The items of a list come without kind and apiVersion, unlike the same objects in a watch. */
function withType(item: unknown, { resource }: Selection): unknown {
  if (!isRecord(item) || typeof item.kind === 'string') return item;
  return { apiVersion: resource.base.replace(/^apis?\//, ''), kind: resource.kind, ...item };
}

function badList(selection: Selection): KubeError {
  return new KubeError('the answer is not a list', {
    status: 0,
    reason: 'BadAnswer',
    request: `GET ${describeRef(selection.resource, selection.namespace)}`,
  });
}
