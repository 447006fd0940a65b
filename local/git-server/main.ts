// Command: serves Git repositories until it is told to stop, with the sample config repository to start from.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { seed } from './seed.ts';
import { type Credentials, type ServerCertificate, startGitServer } from './server.ts';

const usage = `node local/git-server/main.ts --root DIR [options]

  --root DIR                folder of the repositories, made when missing
  --host ADDRESS            where it listens                            (default: 127.0.0.1)
  --port N                  (default: 0, a free one)
  --repository NAME         seeded with local/sample/ while it is empty (default: config)
  --tls-cert F --tls-key F  serve HTTPS with this certificate, PEM files
  --credentials-file F      one line "username:password", asked of every request
  --stop-with-stdin         stop when standard input ends, so that it does not outlive its caller
  --quiet                   no line for each request

Prints "ready URL" as its first line.
`;

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    repository: { type: 'string', default: 'config' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    'credentials-file': { type: 'string' },
    'stop-with-stdin': { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || values.root === undefined) {
  process.stderr.write(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await serve(values.root);
}

async function serve(root: string): Promise<void> {
  const server = await startGitServer({
    root,
    host: values.host,
    port: Number(values.port),
    tls: certificate() ?? false,
    ...credentials(),
    ...(values.quiet ? {} : { log: (line: string) => void process.stdout.write(`${line}\n`) }),
  });
  const repository = server.repository(values.repository);
  await seed(repository);
  process.stdout.write(`ready ${repository.url}\n`);
  process.stdout.write(`to push to it: git clone ${repository.url} && cd ${folder(values.repository)}\n`);
  process.stdout.write('then change a file, git commit -a, git push\n');

  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    if (values['stop-with-stdin']) process.stdin.once('close', () => resolve()).resume();
  });
  await server.stop();
  process.stdin.destroy();
}

function certificate(): ServerCertificate | undefined {
  const { 'tls-cert': certificateFile, 'tls-key': keyFile } = values;
  if (certificateFile === undefined && keyFile === undefined) return undefined;
  if (certificateFile === undefined || keyFile === undefined) {
    throw new Error('--tls-cert and --tls-key go together');
  }
  return { certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

function credentials(): { credentials: Credentials } | Record<string, never> {
  const file = values['credentials-file'];
  if (file === undefined) return {};
  const line = readFileSync(file, 'utf8').trim();
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`${file} must hold one line "username:password"`);
  return { credentials: { username: line.slice(0, colon), password: line.slice(colon + 1) } };
}

function folder(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/\.git$/, '');
}
