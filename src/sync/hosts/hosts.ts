// What repositories of one Git host share: its circuit, so many requests at a time, and what it has asked of a credential.
// Stands before each repository's Source, which knows nothing of the others.
import type { Registry } from 'prom-client';
import type { RepositoryAddress } from '../../api/repository-url.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Source } from '../source.ts';
import { createCircuit } from './circuit.ts';
import { guardSource } from './guard.ts';
import type { Host } from './host.ts';
import { logCircuit } from './log-circuit.ts';
import { createHostMetrics } from './metrics.ts';
import { createQuiet } from './quiet.ts';
import { createSeats, type SeatLimits } from './seats.ts';

export type Hosts = {
  /** Closing what comes back closes the source. */
  guard(source: Source, at: HostAddress & { readonly credentialKey: string }): Source;
  /** Forgets all hosts. */
  close(): void;
};

/**
 * SSH and HTTPS of one name are served by two programs: what is said of one port is nothing to the other. Nor does what
 * fails on the way through somebody's proxy say anything to those who go another way.
 */
export type HostAddress = Pick<RepositoryAddress, 'hostname' | 'port' | 'host'> & {
  /** Of the proxy, `host[:port]`. */
  readonly proxy?: string | undefined;
};

type Used = Host & { users: number };

export function createHosts(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly limits?: SeatLimits;
}): Hosts {
  const { clock, log, limits } = deps;
  const hosts = new Map<string, Used>();
  const metrics = createHostMetrics(deps.registry, () => hosts.values());

  const open = ({ host, port, proxy }: HostAddress): Used => ({
    name: proxy === undefined ? host : `${host} through the proxy ${proxy}`,
    circuit: createCircuit(clock, (event) => {
      logCircuit(log, { host, port, proxy }, event, clock.now());
      if (event.kind === 'opened') metrics.opened();
    }),
    seats: createSeats(clock, limits),
    quiet: createQuiet(clock),
    users: 0,
  });

  return {
    guard(source, { credentialKey, ...address }) {
      const key = `${address.hostname}:${address.port} ${address.proxy ?? ''}`;
      const host = hosts.get(key) ?? open(address);
      hosts.set(key, host);
      host.users += 1;
      const leave = (): void => {
        host.users -= 1;
        if (host.users === 0 && hosts.get(key) === host) hosts.delete(key);
      };
      return guardSource(source, { host, credentialKey, clock, leave });
    },
    close: () => hosts.clear(),
  };
}
