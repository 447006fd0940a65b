// Command: writes an authority and a server certificate signed by it into a folder.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateAuthority, generateLeaf, type KeyPair } from './generate.ts';

const usage = `node certs/generate-command.ts --out DIR --host NAME [--host NAME ...] [--days N]

  --out DIR    gets ca.crt, ca.key, tls.crt, tls.key; an authority that is there already signs again
  --host NAME  DNS name or IP address of the server
  --days N     how long the server certificate is valid (default: 30)
`;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    host: { type: 'string', multiple: true, default: [] },
    days: { type: 'string', default: '30' },
    help: { type: 'boolean', default: false },
  },
});

const days = Number(values.days);
if (values.help || values.out === undefined || values.host.length === 0 || !(days > 0)) {
  process.stderr.write(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await writeCertificates(values.out, values.host, days);
}

async function writeCertificates(folder: string, hosts: readonly string[], days: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = (await readAuthority(folder)) ?? (await writeAuthority(folder));
  await writePair(folder, 'tls', await generateLeaf(authority, hosts, { days }));
  process.stdout.write(`${join(folder, 'tls.crt')} is valid for ${hosts.join(', ')}, ${days} days\n`);
}

async function readAuthority(folder: string): Promise<KeyPair | undefined> {
  const [certificate, key] = [join(folder, 'ca.crt'), join(folder, 'ca.key')];
  if (!existsSync(certificate) && !existsSync(key)) return undefined;
  return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
}

async function writeAuthority(folder: string): Promise<KeyPair> {
  const authority = await generateAuthority('confroll local authority');
  await writePair(folder, 'ca', authority);
  return authority;
}

async function writePair(folder: string, name: string, pair: KeyPair): Promise<void> {
  await writeFile(join(folder, `${name}.crt`), pair.certificate);
  await writeFile(join(folder, `${name}.key`), pair.key, { mode: 0o600 });
}
