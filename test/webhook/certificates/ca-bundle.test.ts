// Which entries are written, and how a write is guarded.
import { describe, expect, it } from 'vitest';
import { bundleOperations, parseWebhookConfiguration } from '../../../src/webhook/certificates/ca-bundle.ts';

const wanted = Buffer.from('PEM').toString('base64');
const configuration = (...bundles: (string | undefined)[]) =>
  parseWebhookConfiguration({
    metadata: { name: 'confroll' },
    webhooks: bundles.map((caBundle, index) => ({
      name: `w-${index}`,
      clientConfig: { url: 'https://x', caBundle },
    })),
  });

describe('bundleOperations', () => {
  it('writes nothing where the bytes are right', () => {
    expect(bundleOperations(configuration(wanted, wanted), 'PEM')).toStrictEqual([]);
  });

  it('writes each entry that differs, behind a test of its name', () => {
    expect(bundleOperations(configuration(wanted, undefined, 'b3RoZXI='), 'PEM')).toStrictEqual([
      { op: 'test', path: '/webhooks/1/name', value: 'w-1' },
      { op: 'add', path: '/webhooks/1/clientConfig/caBundle', value: wanted },
      { op: 'test', path: '/webhooks/2/name', value: 'w-2' },
      { op: 'add', path: '/webhooks/2/clientConfig/caBundle', value: wanted },
    ]);
  });

  it('writes only the entries without any, when it shall write those that were wiped', () => {
    expect(bundleOperations(configuration(wanted, undefined, 'b3RoZXI='), 'PEM', 'wiped')).toStrictEqual([
      { op: 'test', path: '/webhooks/1/name', value: 'w-1' },
      { op: 'add', path: '/webhooks/1/clientConfig/caBundle', value: wanted },
    ]);
  });
});
