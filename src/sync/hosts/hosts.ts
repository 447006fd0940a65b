// What repositories of one Git host share: its circuit, so many requests at a time, and what it has asked of a credential.
// Stands before each repository's Source, which knows nothing of the others.
import type { Registry } from 'prom-client';
import type { RepositoryAddress } from '../../api/repository-url.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Source } from '../source.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { guardSource } from './guard.ts';
import { logCircuit } from './log-circuit.ts';
import { createHostMetrics } from './metrics.ts';
import { createQuiet, type Quiet } from './quiet.ts';
import { createSeats, type SeatLimits, type Seats } from './seats.ts';

export type Hosts = {
  /** Closing what comes back closes the source. */
  guard(source: Source, at: HostAddress & { readonly credentialKey: string }): Source;
  /** Forgets all hosts. */
  close(): void;
};

/** SSH and HTTPS of one name are served by two programs: what is said of one port is nothing to the other. */
export type HostAddress = Pick<RepositoryAddress, 'hostname' | 'port' | 'host'>;

export type Host = {
  /** As people write it. */
  readonly name: string;
  readonly circuit: Circuit;
  readonly seats: Seats;
  readonly quiet: Quiet;
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

  const open = ({ host, port }: HostAddress): Used => ({
    name: host,
    circuit: createCircuit(clock, (event) => {
      logCircuit(log, { host, port }, event, clock.now());
      if (event.kind === 'opened') metrics.opened();
    }),
    seats: createSeats(clock, limits),
    quiet: createQuiet(clock),
    users: 0,
  });

  return {
    guard(source, { credentialKey, ...address }) {
      const key = `${address.hostname}:${address.port}`;
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
