// A client that dies after its n-th call for a namespace, as a process does that is killed: the API server has done what the
// call asked, nobody hears the answer, and nothing more is asked.
import type { Kube, ObjectRef } from '../../src/kube/api.ts';

export type KillSwitch = {
  wrap(kube: Kube): Kube;
  /** Resolves when it has died. Whatever is wrapped later lives until the next call of this. */
  killAfter(calls: number, namespace: string): Promise<void>;
  /** Calls since then, Events apart. */
  calls(): number;
};

export function createKillSwitch(): KillSwitch {
  let target: { readonly namespace: string; readonly calls: number; readonly died: () => void } | undefined;
  let calls = 0;

  return {
    wrap,
    killAfter(after, namespace) {
      const { promise, resolve } = Promise.withResolvers<void>();
      target = { namespace, calls: after, died: resolve };
      calls = 0;
      return promise;
    },
    calls: () => calls,
  };

  function wrap(kube: Kube): Kube {
    let dead = false;
    const through = async <T>(
      ref: Omit<ObjectRef, 'name'>,
      signal: AbortSignal,
      call: () => Promise<T>,
    ): Promise<T> => {
      if (dead) return silence(signal);
      const counts = ref.namespace === target?.namespace && ref.resource.plural !== 'events';
      try {
        return await call();
      } finally {
        if (counts) calls += 1;
        if (counts && calls === target?.calls) {
          dead = true;
          target.died();
        }
        if (dead) await silence(signal);
      }
    };
    return {
      get: (ref, parse, options) => through(ref, options.signal, () => kube.get(ref, parse, options)),
      create: (ref, body, parse, options) =>
        through(ref, options.signal, () => kube.create(ref, body, parse, options)),
      patch: (ref, patch, parse, options) =>
        through(ref, options.signal, () => kube.patch(ref, patch, parse, options)),
      delete: (ref, options) => through(ref, options.signal, () => kube.delete(ref, options)),
      list: (selection, parse, options) => kube.list(selection, parse, options),
      watch: (selection, options) => kube.watch(selection, options),
    };
  }
}

function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
