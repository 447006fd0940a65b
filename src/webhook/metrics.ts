// What the webhook measures about itself.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Verdict } from './admission-review.ts';

export type WebhookMetrics = {
  answered(answer: {
    readonly path: string;
    readonly operation: string;
    readonly verdict: Verdict;
    readonly milliseconds: number;
  }): void;
  mismatched(path: string): void;
};

const operations = new Set(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);

export function createWebhookMetrics(
  registry: Registry,
  deps: { readonly leafEndsAt: () => number; readonly ready: () => boolean },
): WebhookMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'confroll_admission_requests_total',
    help: 'Answered admission requests. Result: patched, unchanged, denied or error.',
    labelNames: ['path', 'operation', 'result'],
    registers,
  });
  const duration = new Histogram({
    name: 'confroll_admission_duration_seconds',
    help: 'From the whole request to the answer.',
    labelNames: ['path'],
    buckets: [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2],
    registers,
  });
  const mismatches = new Counter({
    name: 'confroll_admission_patch_mismatches_total',
    help: 'Requests refused because the patch would not have given the intended object: a fault of confroll.',
    labelNames: ['path'],
    registers,
  });
  new Gauge({
    name: 'confroll_webhook_certificate_not_after_timestamp_seconds',
    help: 'End of the certificate that is served, in seconds since 1970; 0 while there is none.',
    registers,
    collect() {
      this.set(deps.leafEndsAt());
    },
  });
  new Gauge({
    name: 'confroll_webhook_ready',
    help: '1 when caches are filled and API servers trust the certificate.',
    registers,
    collect() {
      this.set(deps.ready() ? 1 : 0);
    },
  });
  return {
    answered({ path, operation, verdict, milliseconds }) {
      const known = operations.has(operation) ? operation : 'other';
      requests.inc({ path, operation: known, result: resultOf(verdict) });
      duration.observe({ path }, milliseconds / 1000);
    },
    mismatched: (path) => mismatches.inc({ path }),
  };
}

function resultOf(verdict: Verdict): string {
  if (verdict.kind === 'deny') return verdict.code === 500 ? 'error' : 'denied';
  return verdict.operations.length > 0 ? 'patched' : 'unchanged';
}
