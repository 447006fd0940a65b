// PURE: what the process is short of -> the condition that says so.
import type { Throttled } from './attempt.ts';
import type { Strain } from './pressure/pressure.ts';

const reasons = {
  memory: 'MemoryPressure',
  cpu: 'CpuPressure',
  io: 'IoPressure',
  eventLoop: 'EventLoopPressure',
} as const;

/** Its message is the same for as long as the strain lasts, so an unchanged world is not written to. */
export function throttledBy(strain: Strain): Throttled | undefined {
  return strain.kind === 'none' ? undefined : { reason: reasons[strain.kind], message: strain.message };
}
