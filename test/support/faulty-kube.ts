// A client whose connections to a real API server go through a proxy that can be told to fail.
import type { Connection, Kube } from '../../src/kube/api.ts';
import { createKube } from '../../src/kube/http.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export type FaultyKube = { readonly kube: Kube; readonly proxy: TcpProxy; close(): Promise<void> };

export async function startFaultyKube(
  connection: Connection,
  options: { readonly deadlineMilliseconds?: number } = {},
): Promise<FaultyKube> {
  const { server } = connection;
  const proxy = await startTcpProxy({ host: server.hostname, port: Number(server.port) });
  const throughProxy: Connection = {
    ...connection,
    server: new URL(`https://127.0.0.1:${proxy.port}`),
    tls: { ...connection.tls, serverName: connection.tls.serverName ?? 'localhost' },
  };
  const kube = createKube(throughProxy, { clock: systemClock, userAgent: 'confroll-test', ...options });
  return {
    kube,
    proxy,
    async close() {
      kube.close();
      await proxy.close();
    },
  };
}
