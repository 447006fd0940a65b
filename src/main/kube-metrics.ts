// Counts and times every request to the API server, by verb, resource and status code.
import { Counter, Histogram, type Registry } from 'prom-client';

export type FinishedRequest = {
  readonly verb: string;
  readonly resource: string;
  readonly status: number;
  readonly milliseconds: number;
};

export function requestMetrics(registry: Registry): (request: FinishedRequest) => void {
  const total = new Counter({
    name: 'confroll_kube_requests_total',
    help: 'Requests to the API server; status 0 means that no answer came.',
    labelNames: ['verb', 'resource', 'status'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'confroll_kube_request_duration_seconds',
    help: 'Duration of requests to the API server, without watches.',
    labelNames: ['verb'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [registry],
  });
  return ({ verb, resource, status, milliseconds }) => {
    total.inc({ verb, resource, status: String(status) });
    if (verb !== 'watch') duration.observe({ verb }, milliseconds / 1000);
  };
}
