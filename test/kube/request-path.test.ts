import { expect, test } from 'vitest';
import { collectionPath, describeRef, objectPath, queryString } from '../../src/kube/request-path.ts';
import { resources, workloadResource } from '../../src/kube/resources.ts';

test.each([
  ['of the core group', resources.configMaps, 'prod', '/api/v1/namespaces/prod/configmaps'],
  ['of another group', workloadResource('Deployment'), 'prod', '/apis/apps/v1/namespaces/prod/deployments'],
  ['of all namespaces', resources.pods, undefined, '/api/v1/pods'],
  ['that has no namespaces', resources.namespaces, 'ignored', '/api/v1/namespaces'],
])('the path of a resource %s', (_, resource, namespace, path) => {
  expect(collectionPath(resource, namespace)).toBe(path);
});

test('names become one segment of a path each', () => {
  const ref = { resource: resources.configMaps, namespace: 'a/b', name: '../secrets?x' };
  expect(objectPath(ref, 'status')).toBe('/api/v1/namespaces/a%2Fb/configmaps/..%2Fsecrets%3Fx/status');
});

test('a namespaced object without its namespace is refused', () => {
  expect(() => objectPath({ resource: resources.secrets, name: 'x' })).toThrow('Secret x needs a namespace');
});

test('queries are escaped, and what is not given is left out', () => {
  expect(queryString({ labelSelector: 'a=b,c', limit: undefined, continue: '' })).toBe(
    '?labelSelector=a%3Db%2Cc',
  );
  expect(queryString({})).toBe('');
});

test('requests are named for people', () => {
  expect(describeRef(resources.pods)).toBe('pods');
  expect(describeRef(resources.pods, 'prod', 'api')).toBe('pods prod/api');
  expect(describeRef(resources.namespaces, undefined, 'prod')).toBe('namespaces prod');
});
