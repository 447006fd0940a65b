// What all repositories of one Git host share.
import type { Circuit } from './circuit.ts';
import type { Quiet } from './quiet.ts';
import type { Seats } from './seats.ts';

export type Host = {
  /** As people write it. */
  readonly name: string;
  readonly circuit: Circuit;
  readonly seats: Seats;
  readonly quiet: Quiet;
};
