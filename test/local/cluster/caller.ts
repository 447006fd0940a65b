// A program that starts a cluster and waits to be killed. Argument: the kind of nodes. Prints the cluster's facts as JSON.
import { type Nodes, startCluster } from '../../../local/cluster.ts';

const kinds: readonly Nodes[] = ['none', 'simulated', 'real'];
const nodes = kinds.find((kind) => kind === process.argv[2]);
if (nodes === undefined) throw new Error(`say one of ${kinds.join(', ')}`);
const cluster = await startCluster({ nodes });
const inside = cluster.spawnInside(['sleep', '1000']);
const { directory, nodes: got, inside: address } = cluster;
const pids = [...cluster.processes().map(({ pid }) => pid), inside.pid];
console.log(JSON.stringify({ directory, nodes: got, inside: address, pids }));
