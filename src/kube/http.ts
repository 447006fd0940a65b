// The Kube interface over HTTPS: what each verb sends, and how its answer is read.
import type { Connection, Kube, Selection, WatchOptions, WriteOptions } from './api.ts';
import { type Call, createExchange, type ExchangeOptions } from './exchange.ts';
import { isKubeStatus } from './kube-error.ts';
import { listPages } from './list-pages.ts';
import { partialObjects, patchTypes } from './media-types.ts';
import {
  collectionPath,
  describeRef,
  objectPath,
  type Query,
  queryString,
  selectors,
} from './request-path.ts';
import { watchEvents } from './watch-stream.ts';

/** Close it at the end: it keeps connections open. Throws when the server's URL is not https. */
export function createKube(connection: Connection, options: ExchangeOptions): Kube & { close(): void } {
  const exchange = createExchange(connection, options);
  return {
    async get(ref, parse, { signal, metadataOnly }) {
      const raw = await exchange
        .json({
          verb: 'get',
          plural: ref.resource.plural,
          object: describeRef(ref.resource, ref.namespace, ref.name),
          path: objectPath(ref),
          ...(metadataOnly === true ? { accept: partialObjects.object } : {}),
          signal,
        })
        .catch((error: unknown) => {
          // Without the reason the resource type itself is unknown, which is no answer about the object.
          if (isKubeStatus(error, 404) && error.details.reason === 'NotFound') return undefined;
          throw error;
        });
      return raw === undefined ? undefined : parse(raw);
    },

    list: (selection, parse, listOptions) => listPages(exchange, selection, parse, listOptions),

    watch: (selection, watchOptions) =>
      watchEvents(exchange.stream(watchCall(selection, watchOptions, options.clock.random()))),

    async create(ref, body, parse, write) {
      const raw = await exchange.json({
        verb: 'create',
        plural: ref.resource.plural,
        object: describeRef(ref.resource, ref.namespace),
        path: collectionPath(ref.resource, ref.namespace) + queryString(writeQuery(write)),
        contentType: 'application/json',
        body,
        signal: write.signal,
      });
      return parse(raw);
    },

    async patch(ref, patch, parse, write) {
      const force = patch.kind === 'apply' ? { force: 'true' } : {};
      const raw = await exchange.json({
        verb: 'patch',
        plural: ref.resource.plural,
        object: describeRef(ref.resource, ref.namespace, ref.name),
        path: objectPath(ref, write.subresource) + queryString({ ...writeQuery(write), ...force }),
        contentType: patchTypes[patch.kind],
        body: patch.kind === 'json' ? patch.operations : patch.body,
        signal: write.signal,
      });
      return parse(raw);
    },

    async delete(ref, { signal, preconditions }) {
      await exchange.json({
        verb: 'delete',
        plural: ref.resource.plural,
        object: describeRef(ref.resource, ref.namespace, ref.name),
        path: objectPath(ref),
        contentType: 'application/json',
        body: { kind: 'DeleteOptions', apiVersion: 'v1', ...(preconditions && { preconditions }) },
        signal,
      });
    },

    close: () => exchange.close(),
  };
}

// The API server ends a watch after 5 to 10 minutes, spread so that all watches do not come back at once.
const leastWatchSeconds = 300;

function watchCall(selection: Selection, options: WatchOptions, random: number): Call {
  const query = {
    ...selectors(selection),
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: options.resourceVersion,
    timeoutSeconds: String(Math.round(leastWatchSeconds * (1 + random))),
  };
  return {
    verb: 'watch',
    plural: selection.resource.plural,
    object: describeRef(selection.resource, selection.namespace),
    path: collectionPath(selection.resource, selection.namespace) + queryString(query),
    ...(options.metadataOnly === true ? { accept: partialObjects.object } : {}),
    signal: options.signal,
  };
}

function writeQuery(write: WriteOptions): Query {
  return { fieldManager: write.fieldManager, dryRun: write.dryRun === true ? 'All' : undefined };
}
