// The live ConfigMaps with the watch that shows when somebody has edited or deleted one.
import { liveLabel } from '../../api/keys.ts';
import type { Kube } from '../../kube/api.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { parseKubeObject } from '../../kube/parse.ts';
import { resources } from '../../kube/resources.ts';
import { createWatchCache } from '../../kube/watch-cache.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { createLive, type Live } from './live.ts';

export type WatchedLive = Pick<Live, 'ensure' | 'forget'> & {
  whenSynced(signal: AbortSignal): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
};

export function createWatchedLive(deps: {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly namespaces: readonly string[] | 'all';
  /** Key of the GitConfig whose object is not as it was left. */
  readonly onNews: (key: string) => void;
}): WatchedLive {
  const { kube, clock, log, events, namespaces, onNews } = deps;
  const objects = createWatchCache(
    {
      resource: resources.configMaps,
      namespaces,
      labelSelector: liveLabel,
      metadataOnly: true,
      parse: parseKubeObject,
    },
    {
      kube,
      clock,
      log,
      onChange: ({ kind, object }) => {
        const { namespace = '', name } = object.metadata;
        // A deleted one has the version that it was left with.
        if (kind === 'deleted' || live.isNews(object)) onNews(`${namespace}/${name}`);
      },
    },
  );
  const live = createLive({ kube, events, find: objects.get, onWritten: objects.put });
  const { whenSynced, run } = objects;
  return { ensure: live.ensure, forget: live.forget, whenSynced, run };
}
