import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';

const inCluster = {
  KUBERNETES_SERVICE_HOST: '10.0.0.1',
  KUBERNETES_SERVICE_PORT: '443',
  POD_NAME: 'pod-1',
  POD_NAMESPACE: 'own',
};

describe('parseConfig', () => {
  it('takes name and namespace from the Pod', () => {
    expect(parseConfig(['controller'], inCluster, 'host')).toMatchObject({
      kind: 'ok',
      config: {
        command: 'controller',
        identity: 'pod-1',
        namespace: 'own',
        namespaces: 'all',
        healthPort: 8080,
      },
    });
  });

  it('falls back to the host name and to confroll-system outside a cluster', () => {
    expect(parseConfig(['controller', '--kubeconfig', '/k'], {}, 'host')).toMatchObject({
      config: { identity: 'host', namespace: 'confroll-system', kubeconfig: '/k' },
    });
  });

  it('reads lists', () => {
    const parsed = parseConfig(
      ['webhook', '--namespaces', 'a, b', '--hosts', '127.0.0.1,localhost'],
      inCluster,
      'host',
    );
    expect(parsed).toMatchObject({ config: { namespaces: ['a', 'b'], hosts: ['127.0.0.1', 'localhost'] } });
  });

  it('hands over what says how Git is reached, to the controller alone', () => {
    const environment = {
      ...inCluster,
      HTTPS_PROXY: 'http://proxy:3128',
      no_proxy: 'svc',
      GIT_USER: 'reader',
    };
    const parsed = parseConfig(['controller', '--git-credentials', '/etc/git.yaml'], environment, 'host');
    expect(parsed).toMatchObject({
      config: {
        gitCredentials: '/etc/git.yaml',
        proxyEnvironment: { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'svc' },
        environment: { GIT_USER: 'reader' },
      },
    });
    expect(JSON.stringify(parseConfig(['webhook'], environment, 'host'))).not.toContain('reader');
  });

  it('counts budgets in MiB', () => {
    const parsed = parseConfig(['controller', '--config-budget', '8'], inCluster, 'host');
    const mebibyte = 1_048_576;
    expect(parsed).toMatchObject({
      config: { budgets: { config: 8 * mebibyte, namespace: 256 * mebibyte } },
    });
  });

  it('shows help without a command', () => {
    expect(parseConfig([], {}, 'host')).toMatchObject({ kind: 'ok', config: { command: 'help' } });
    expect(parseConfig(['controller', '--help'], {}, 'host')).toMatchObject({ config: { command: 'help' } });
  });

  it('reports every problem at once', () => {
    const parsed = parseConfig(['webhook', '--port', '70000', '--log-level', 'loud'], {}, 'host');
    expect(parsed).toEqual({
      kind: 'invalid',
      problems: [
        '--log-level must be debug, info, warn or error, not "loud"',
        'KUBERNETES_SERVICE_HOST is not set: the webhook runs inside a cluster, as its service account',
        '--port must be a whole number from 0 to 65535, not "70000"',
      ],
    });
  });

  it.each([
    ['a file without a name', ['controller', '--git-credentials='], '--git-credentials must name a file'],
    [
      'an unknown command',
      ['conroller'],
      'unknown command "conroller": write controller, webhook, version or help',
    ],
    ['a second command', ['controller', 'webhook'], 'unexpected argument "webhook"; see confroll help'],
  ])('refuses %s', (_, args, problem) => {
    expect(parseConfig(args, inCluster, 'host')).toEqual({ kind: 'invalid', problems: [problem] });
  });

  it('refuses an unknown flag', () => {
    expect(parseConfig(['controller', '--nope'], inCluster, 'host').kind).toBe('invalid');
  });
});
