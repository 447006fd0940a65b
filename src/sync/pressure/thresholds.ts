// From where on the process is short of something.
import type { Threshold } from './gauge.ts';

export type Figure = 'memory' | 'memoryStall' | 'throttled' | 'cpuStall' | 'ioStall' | 'eventLoop';

// Calm has to last: the first read after it may bring the strain back at once.
const leaveSeconds = 30;

export const thresholds: Readonly<Record<Figure, Threshold>> = {
  // Of the limit. At 85 % of 256 MiB, 38 MiB are left for reads under way; there may be no second sample before the
  // kernel kills the process, so that it counts at once. 10 % apart, which is more than a collection of garbage swings
  // in a process at rest.
  memory: { enter: 0.85, leave: 0.75, enterSeconds: 0, leaveSeconds },
  // Of the time, all tasks waiting for memory at once. systemd-oomd kills at 60 % for 30 s; well before that.
  memoryStall: { enter: 0.1, leave: 0.02, enterSeconds: 10, leaveSeconds },
  // Of the periods of its CPU limit, those in which it was stopped. 25 % is where the alert CPUThrottlingHigh of the
  // widely used Kubernetes mixin begins.
  throttled: { enter: 0.25, leave: 0.1, enterSeconds: 10, leaveSeconds },
  // Of the time, one of its threads waiting for a CPU: half of it means that it gets half of what it asks for.
  cpuStall: { enter: 0.5, leave: 0.25, enterSeconds: 10, leaveSeconds },
  // Of the time, all tasks waiting for a disk. Nothing here writes to one: its own code is being read back in.
  ioStall: { enter: 0.25, leave: 0.1, enterSeconds: 10, leaveSeconds },
  // Of the time, the event loop not idle. Above nine tenths, waiting times grow without bound, the renewal of the
  // leader's Lease among them.
  eventLoop: { enter: 0.9, leave: 0.7, enterSeconds: 10, leaveSeconds },
};
