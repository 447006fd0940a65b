#!/usr/bin/env node
// Process entry: config -> dependencies -> role -> shutdown. Each role is loaded only when it is wanted, so that the
// webhook never loads Git code or the Kubernetes SDK.
import { hostname } from 'node:os';
import { argv, env, exit, pid, stderr, stdout } from 'node:process';
import { parseConfig, usage } from './config.ts';
import { version } from './version.ts';

const parsed = parseConfig(argv.slice(2), env, `${hostname()}-${pid}`);
if (parsed.kind === 'invalid') {
  stderr.write(`${parsed.problems.map((problem) => `confroll: ${problem}`).join('\n')}\n`);
  exit(2);
}

switch (parsed.config.command) {
  case 'help':
    stdout.write(usage);
    break;
  case 'version':
    stdout.write(`confroll ${version}\n`);
    break;
  case 'controller': {
    const { runController } = await import('./main/controller.ts');
    exit(await runController(parsed.config));
    break;
  }
  case 'webhook': {
    const { runWebhook } = await import('./main/webhook.ts');
    exit(await runWebhook(parsed.config));
    break;
  }
}
