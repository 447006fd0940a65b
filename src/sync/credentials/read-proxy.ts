// Material -> the HTTP proxy on the way to the server.
import { certificatesOf } from '../../lib/pem.ts';
import type { Credential } from './credential.ts';
import { type Material, type Reading, read, wrong } from './material.ts';
import { basic } from './read-login.ts';

export function readProxy(material: Material): Reading<NonNullable<Credential['proxy']>> {
  const address = material.value('address');
  if (address === undefined) {
    return wrong('lacks the key address: the proxy, such as http://proxy.example.com:3128');
  }
  const url = parseProxyAddress(address);
  if (url === undefined) {
    return wrong(
      'has something else than http:// or https://, a host and a port under address, such as http://proxy.example.com:3128; username and password have keys of their own',
    );
  }
  const [username, password, ca] = [
    material.value('username'),
    material.value('password'),
    material.value('ca.crt'),
  ];
  if ((username === undefined) !== (password === undefined)) {
    const [has, lacks] = username === undefined ? ['password', 'username'] : ['username', 'password'];
    return wrong(`has ${has} without ${lacks}: add it`);
  }
  if (username?.includes(':')) return wrong('has a colon in username, which cannot be sent with a password');
  if (ca !== undefined && certificatesOf(ca) === undefined) {
    return wrong(
      "has no certificate in PEM under ca.crt: put the certificate of the proxy's authority there",
    );
  }
  const authorization =
    username === undefined || password === undefined ? undefined : basic(username, password);
  return read({ url, authorization, ...(ca === undefined ? {} : { ca }) });
}

function parseProxyAddress(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') return undefined;
  const isPlain = url.username === '' && url.password === '' && url.pathname === '/' && !/[?#]/.test(text);
  return isPlain ? url : undefined;
}
