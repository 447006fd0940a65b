// The key material of one throw-away cluster: one CA, the API server's serving certificate, its client certificate for the
// kubelet, and the key pair that signs service-account tokens.
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type CertificateExtension, generate } from 'selfsigned';

export type Certificates = {
  readonly caFile: string;
  readonly ca: string;
  readonly servingCertificate: string;
  readonly servingKey: string;
  readonly kubeletClientCertificate: string;
  readonly kubeletClientKey: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
};

// A cluster lives for hours; a year hides clocks that differ.
const lifetimeMilliseconds = 365 * 86_400_000;
const common = { keyType: 'ec', algorithm: 'sha256' } as const;

/** Writes them into `folder`, readable by the owner only. `hosts` are names or addresses of the API server. */
export async function writeCertificates(folder: string, hosts: readonly string[]): Promise<Certificates> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const ca = await generate([{ name: 'commonName', value: 'confroll local cluster' }], {
    ...validity(),
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  const signedBy = { cert: ca.cert, key: ca.private };
  const serving = await generate([{ name: 'commonName', value: 'kube-apiserver' }], {
    ...validity(),
    ...common,
    ca: signedBy,
    extensions: [
      ...leaf,
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hosts.map(altName) },
    ],
  });
  const kubeletClient = await generate(
    [
      { name: 'organizationName', value: 'system:masters' },
      { name: 'commonName', value: 'kube-apiserver-kubelet-client' },
    ],
    {
      ...validity(),
      ...common,
      ca: signedBy,
      extensions: [...leaf, { name: 'extKeyUsage', clientAuth: true }],
    },
  );
  const serviceAccount = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const write = async (name: string, content: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, content, { mode: 0o600 });
    return file;
  };
  return {
    ca: ca.cert,
    caFile: await write('ca.crt', ca.cert),
    servingCertificate: await write('apiserver.crt', serving.cert),
    servingKey: await write('apiserver.key', serving.private),
    kubeletClientCertificate: await write('kubelet-client.crt', kubeletClient.cert),
    kubeletClientKey: await write('kubelet-client.key', kubeletClient.private),
    serviceAccountKey: await write('service-account.key', serviceAccount.privateKey),
    serviceAccountPublicKey: await write('service-account.pub', serviceAccount.publicKey),
  };
}

const leaf: readonly CertificateExtension[] = [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, critical: true },
];

function validity(): { notBeforeDate: Date; notAfterDate: Date } {
  const now = Date.now();
  return { notBeforeDate: new Date(now - 3_600_000), notAfterDate: new Date(now + lifetimeMilliseconds) };
}

function altName(host: string): { type: 2; value: string } | { type: 7; ip: string } {
  return isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host };
}
