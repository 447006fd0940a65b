// Kubernetes Events: told in passing, so that nothing waits for them and their failure stops nothing. An equal Event
// within ten minutes raises the count of the first one.

import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { timestamp } from '../lib/timestamp.ts';
import type { Kube } from './api.ts';
import { isKubeStatus } from './kube-error.ts';
import { parseKubeObject } from './parse.ts';
import { resources } from './resources.ts';

export type Subject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
};

export type RecordedEvent = {
  readonly subject: Subject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
};

export type EventRecorder = {
  /** Returns at once and never throws. Beyond `maxWaiting` the oldest unsent Event is dropped, with a log line. */
  record(event: RecordedEvent): void;
  /** Resolves when all was sent, or when the signal fires. Never rejects. */
  drain(signal: AbortSignal): Promise<void>;
};

type Sent = { readonly name: string; readonly count: number; readonly at: number };
type Waiting = { readonly event: RecordedEvent; readonly times: number };

// One rollout over a thousand workloads tells two thousand: those must find room.
const maxWaiting = 5_000;
// Enough to recognise what repeats; an Event forgotten here is only written anew.
const maxRemembered = 5_000;
const coalesceMilliseconds = 10 * 60_000;
// A few at a time leave the connections to the writes that matter.
const senders = 4;
// The API server refuses longer ones.
const maxMessageCharacters = 1024;
const deadlineMilliseconds = 10_000;

export function createEventRecorder(deps: {
  readonly kube: Pick<Kube, 'create' | 'patch'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Shown as the source of the Events, and their field manager. */
  readonly component: string;
}): EventRecorder {
  const { kube, clock, log, component } = deps;
  const waiting = new Map<string, Waiting>();
  const sent = new Map<string, Sent>();
  const sending = new Map<string, Promise<void>>();
  const idle: (() => void)[] = [];
  let created = 0;

  return {
    record(event) {
      const key = JSON.stringify([event.subject, event.type, event.reason, event.message]);
      const times = (waiting.get(key)?.times ?? 0) + 1;
      waiting.set(key, { event, times });
      const [oldest] = waiting.keys();
      if (waiting.size > maxWaiting && oldest !== undefined) {
        waiting.delete(oldest);
        log.warn({ waiting: maxWaiting }, 'too many Events are waiting, the oldest was dropped');
      }
      sendMore();
    },
    async drain(signal) {
      if (signal.aborted || isIdle()) return;
      const done = Promise.withResolvers<void>();
      idle.push(done.resolve);
      signal.addEventListener('abort', () => done.resolve(), { once: true });
      await done.promise;
    },
  };

  function isIdle(): boolean {
    return waiting.size === 0 && sending.size === 0;
  }

  function sendMore(): void {
    for (const [key, { event, times }] of waiting) {
      if (sending.size >= senders) return;
      // An equal one is on its way: its answer decides whether this one is new or a repetition.
      if (sending.has(key)) continue;
      waiting.delete(key);
      const run = send(key, event, times).finally(() => {
        sending.delete(key);
        sendMore();
        if (isIdle()) for (const resolve of idle.splice(0)) resolve();
      });
      sending.set(key, run);
    }
  }

  async function send(key: string, event: RecordedEvent, times: number): Promise<void> {
    const { namespace } = event.subject;
    const options = { signal: AbortSignal.timeout(deadlineMilliseconds), fieldManager: component };
    const now = clock.now();
    try {
      const earlier = sent.get(key);
      const count = (earlier?.count ?? 0) + times;
      if (earlier !== undefined && clock.monotonic() - earlier.at < coalesceMilliseconds) {
        const ref = { resource: resources.events, namespace, name: earlier.name };
        const body = { count, lastTimestamp: timestamp(now) };
        const known = await kube
          .patch(ref, { kind: 'merge', body }, parseKubeObject, options)
          .catch((error: unknown) => {
            // The API server forgets Events after an hour, or somebody deleted it.
            if (isKubeStatus(error, 404)) return undefined;
            throw error;
          });
        if (known !== undefined) return remember(key, { ...earlier, count });
      }
      created += 1;
      const name = eventName(event.subject.name, [now, created, Math.floor(clock.random() * 2 ** 32)]);
      const body = eventBody(event, { name, now, count: times, component });
      await kube.create({ resource: resources.events, namespace }, body, parseKubeObject, options);
      remember(key, { name, count: times, at: clock.monotonic() });
    } catch (error) {
      log.warn(
        { err: error, namespace, object: event.subject.name, reason: event.reason },
        'Event was not recorded',
      );
    }
  }

  function remember(key: string, entry: Sent): void {
    // Taken out first, so that the map is in order of use.
    sent.delete(key);
    sent.set(key, entry);
    const [oldest] = sent.keys();
    if (sent.size > maxRemembered && oldest !== undefined) sent.delete(oldest);
  }
}

function eventBody(
  { subject, type, reason, message }: RecordedEvent,
  { name, now, count, component }: { name: string; now: number; count: number; component: string },
): object {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: subject.namespace },
    involvedObject: subject,
    type,
    reason,
    message:
      message.length > maxMessageCharacters ? `${message.slice(0, maxMessageCharacters - 3)}...` : message,
    source: { component },
    reportingComponent: component,
    reportingInstance: component,
    firstTimestamp: timestamp(now),
    lastTimestamp: timestamp(now),
    count,
  };
}

/** Unlike any other: by time and number within this process, by chance among others. A name has at most 253 characters. */
function eventName(subject: string, parts: readonly number[]): string {
  const suffix = parts.map((part) => part.toString(16)).join('-');
  return `${subject.slice(0, 253 - suffix.length - 1)}.${suffix}`;
}
