// What is measured of Git hosts. No label names one: there may be as many as there are GitConfigs.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Circuit } from './circuit.ts';
import type { Seats } from './seats.ts';

type Measured = { readonly circuit: Circuit; readonly seats: Seats };

export function createHostMetrics(registry: Registry, hosts: () => Iterable<Measured>): { opened(): void } {
  const registers = [registry];
  new Gauge({
    name: 'confroll_git_hosts',
    help: 'Git hosts that are followed, by the state of their circuit: closed, open (taken for down) or halfOpen (being tried).',
    labelNames: ['state'],
    registers,
    collect() {
      const counts = { closed: 0, open: 0, halfOpen: 0 };
      for (const { circuit } of hosts()) counts[circuit.state()] += 1;
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'confroll_git_requests_waiting',
    help: 'Looks and fetches that wait for their turn at a Git host.',
    registers,
    collect() {
      this.set([...hosts()].reduce((sum, { seats }) => sum + seats.waiting(), 0));
    },
  });
  const opened = new Counter({
    name: 'confroll_git_circuit_opened_total',
    help: 'How often a Git host was taken for down.',
    registers,
  });
  return { opened: () => opened.inc() };
}
