// What the log says of a host's circuit: a line when it opens and one when it closes; the tries between are for debugging.
import type { Log } from '../../lib/log.ts';
import type { CircuitEvent } from './circuit.ts';

export function logCircuit(
  log: Log,
  at: { readonly host: string; readonly port: number; readonly proxy?: string | undefined },
  event: CircuitEvent,
  now: number,
): void {
  switch (event.kind) {
    case 'opened':
    case 'stillOpen': {
      const { failures, repositories, reason, since } = event.outage;
      const retryInSeconds = Math.ceil(event.waitMilliseconds / 1000);
      const fields = { ...at, failures, repositories, reason, since: new Date(since), retryInSeconds };
      if (event.kind === 'opened') log.warn(fields, 'Git host is taken for down');
      else log.debug(fields, 'Git host is still down');
      return;
    }
    case 'halfOpened':
      log.debug(at, 'Git host is tried again');
      return;
    case 'closed': {
      const seconds = event.outage === undefined ? 0 : Math.round((now - event.outage.since) / 1000);
      log.info({ ...at, seconds }, 'Git host answers again');
      return;
    }
    default:
      event satisfies never;
  }
}
