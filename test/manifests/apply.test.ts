// The manifests as users apply them: accepted by the API server, and a second time without a change.
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { isRecord, type JsonObject } from '../../src/lib/json.ts';
import { textAt } from '../support/reading.ts';
import { applyCrd, applyFolder, manifests, useApiServer } from './api-server.ts';

const kubectl = useApiServer(applyCrd);

const versionsOf = async (folder: string): Promise<string[]> => {
  const list: unknown = JSON.parse(await kubectl()(['get', '-k', `${manifests}/${folder}`, '-o', 'json']));
  // One object comes alone, not as a list.
  const items = isRecord(list) && Array.isArray(list.items) ? list.items : [list];
  return items.map(
    (item) =>
      `${textAt(item, 'kind')}/${textAt(item, 'metadata', 'name')} ${textAt(item, 'metadata', 'resourceVersion')}`,
  );
};

describe('kubectl apply -k', () => {
  // The examples before any admission is there to refuse their Deployment.
  it.each(['crd', 'examples', 'base', 'overlays/local'])(
    '%s: twice, and nothing has changed',
    async (folder) => {
      await applyFolder(kubectl(), folder);
      const before = await versionsOf(folder);
      expect(before.join()).not.toContain('undefined');
      await applyFolder(kubectl(), folder);
      expect(await versionsOf(folder)).toEqual(before);
    },
  );

  it.each([['--server-side', '--field-manager=confroll-install'], ['--server-side=false']])(
    'leaves the caBundle that the webhook filled in: %s',
    async (...flags) => {
      const name = ['mutatingwebhookconfiguration', 'confroll'];
      const caBundle = btoa('-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n');
      const patch = [0, 1, 2].map((index) => ({
        op: 'add',
        path: `/webhooks/${index}/clientConfig/caBundle`,
        value: caBundle,
      }));
      await kubectl()([
        'patch',
        ...name,
        '--type=json',
        '--field-manager=confroll-webhook',
        '-p',
        JSON.stringify(patch),
      ]);
      await kubectl()(['apply', ...flags, '-k', `${manifests}/overlays/local`]);
      const bundles = await kubectl()([
        'get',
        ...name,
        '-o',
        'jsonpath={.webhooks[*].clientConfig.caBundle}',
      ]);
      expect(bundles).toBe([caBundle, caBundle, caBundle].join(' '));
    },
  );
});

describe('the Deployments', () => {
  const deployment = async (name: string): Promise<JsonObject> => {
    const object: unknown = load(
      await kubectl()(['-n', 'confroll-system', 'get', 'deployment', name, '-o', 'yaml']),
    );
    if (!isRecord(object)) throw new Error(`no Deployment ${name}`);
    return object;
  };

  it.each(['controller', 'webhook'])(
    '%s carries no opt-in label, and meets the restricted level',
    async (part) => {
      const object = await deployment(`confroll-${part}`);
      expect(JSON.stringify(object)).not.toContain('confroll.dev/');
      expect(textAt(object, 'spec', 'template', 'spec', 'containers', 0, 'image')).toBe(
        'confroll.local/confroll:dev',
      );
      const { spec: pod, metadata } = templateOf(object);
      const input = JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, name: part },
        spec: pod,
      });
      expect(
        await kubectl()(['-n', 'confroll-system', 'create', '--dry-run=server', '-f', '-'], { input }),
      ).toContain('created');
    },
  );
});

function templateOf(deployment: JsonObject): { spec: JsonObject; metadata: JsonObject } {
  const template =
    isRecord(deployment.spec) && isRecord(deployment.spec.template) ? deployment.spec.template : {};
  if (!isRecord(template.spec) || !isRecord(template.metadata)) throw new Error('no Pod template');
  return { spec: template.spec, metadata: template.metadata };
}
