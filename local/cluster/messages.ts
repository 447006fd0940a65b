// What the caller and the supervisor of a cluster say to each other, one JSON message at a time.
import { isRecord } from '../../src/lib/json.ts';
import type { LocalEnvironment } from '../environment.ts';
import type { ProcessInfo } from './programs.ts';

export type Nodes = 'none' | 'simulated' | 'real';

export type StartMessage = {
  readonly type: 'start';
  readonly nodes: Nodes;
  readonly audit: boolean;
  readonly environment: LocalEnvironment;
};

export type ToSupervisor =
  | StartMessage
  | { readonly type: 'restart'; readonly id: number; readonly program: string }
  | { readonly type: 'stop' };

export type ClusterFacts = {
  /** File for the admin, usable from the host. */
  readonly kubeconfig: string;
  /** A kubectl of the same version. */
  readonly kubectl: string;
  /** What was really started. */
  readonly nodes: Nodes;
  /** What could not be had on this machine, each a sentence that says what to do. */
  readonly missing: readonly string[];
  /** Holds `logs/`, `audit.log`, `pki/`; gone after `stop()`. */
  readonly directory: string;
  /** URL of the API server as seen from the host. */
  readonly server: string;
  /** Real nodes only: the address at which Pods reach programs that run inside. */
  readonly gateway: string | undefined;
  /** Real nodes only: the address at which the host reaches programs that run inside. */
  readonly inside: string | undefined;
  /** What a command line is preceded by to run where the cluster's programs run. */
  readonly prefix: readonly string[];
  /** Arguments of `ctr` that reach the node's containerd; empty without one. */
  readonly containerd: readonly string[];
};

export type FromSupervisor =
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'ready'; readonly facts: ClusterFacts }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'processes'; readonly list: readonly ProcessInfo[] }
  | { readonly type: 'restarted'; readonly id: number; readonly problem: string | undefined };

/** Undefined for anything else than a message of this protocol. */
export function parseToSupervisor(message: unknown): ToSupervisor | undefined {
  if (!isRecord(message)) return undefined;
  const { type, id, program, nodes, audit, environment } = message;
  if (type === 'stop') return { type };
  if (type === 'restart' && typeof id === 'number' && typeof program === 'string')
    return { type, id, program };
  if (type !== 'start' || !isNodes(nodes) || !isRecord(environment)) return undefined;
  const { assets, cache } = environment;
  if (typeof cache !== 'string') return undefined;
  return { type, nodes, audit: audit === true, environment: { cache, assets: optionalString(assets) } };
}

/** Undefined for anything else than a message of this protocol. */
export function parseFromSupervisor(message: unknown): FromSupervisor | undefined {
  if (!isRecord(message)) return undefined;
  const { type, line, message: text, list, facts, id, problem } = message;
  if (type === 'log' && typeof line === 'string') return { type, line };
  if (type === 'failed' && typeof text === 'string') return { type, message: text };
  if (type === 'restarted' && typeof id === 'number') return { type, id, problem: optionalString(problem) };
  if (type === 'processes' && Array.isArray(list)) return { type, list: list.flatMap(parseProcess) };
  const parsed = type === 'ready' ? parseFacts(facts) : undefined;
  return parsed === undefined ? undefined : { type: 'ready', facts: parsed };
}

function parseFacts(value: unknown): ClusterFacts | undefined {
  if (!isRecord(value)) return undefined;
  const { kubeconfig, kubectl, nodes, directory, server } = value;
  if (typeof kubeconfig !== 'string' || typeof kubectl !== 'string' || !isNodes(nodes)) return undefined;
  if (typeof directory !== 'string' || typeof server !== 'string') return undefined;
  return {
    kubeconfig,
    kubectl,
    nodes,
    directory,
    server,
    missing: strings(value.missing),
    gateway: optionalString(value.gateway),
    inside: optionalString(value.inside),
    prefix: strings(value.prefix),
    containerd: strings(value.containerd),
  };
}

function parseProcess(value: unknown): ProcessInfo[] {
  if (!isRecord(value)) return [];
  const { name, pid } = value;
  return typeof name === 'string' && typeof pid === 'number' ? [{ name, pid }] : [];
}

function isNodes(value: unknown): value is Nodes {
  return value === 'none' || value === 'simulated' || value === 'real';
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function optionalString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
