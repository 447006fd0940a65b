// The command, run as a person would run it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tracesOf } from './cluster/traces.ts';

const program = fileURLToPath(new URL('../../local/cluster-command.ts', import.meta.url));

test('`up` says how to use the cluster, and Ctrl-C takes it away', async () => {
  const child = spawn(process.execPath, [program, 'up', '--nodes', 'none'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors = text(child.stderr);
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    output += chunk;
    if (output.includes('Ctrl-C')) break;
  }
  const [, kubeconfig = ''] = /KUBECONFIG=(\S+)/.exec(output) ?? [];
  expect(tracesOf(dirname(kubeconfig))).not.toEqual([]);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await errors).toContain('Everything is gone.');
  expect(tracesOf(dirname(kubeconfig))).toEqual([]);
}, 900_000);

test.each([[[]], [['down']], [['up', '--nodes', 'many']], [['up', '--colour']]])(
  'arguments %j print the usage and end with 2',
  async (args) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    const errors = text(child.stderr);
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect(await errors).toContain('Usage:');
  },
);
