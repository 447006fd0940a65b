// NO_PROXY: which hosts are reached without a proxy.
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { RepositoryAddress } from '../../../api/repository-url.ts';

/**
 * `list` is separated by commas or spaces. A name stands for itself and what is below it, one with a leading dot or `*.`
 * for what is below it; `:port` makes it count for that port only; addresses and networks (CIDR) count for hosts that are
 * written as addresses; `*` is everything. An entry that is none of these counts for nothing.
 */
export function isExempt(list: string, address: Pick<RepositoryAddress, 'hostname' | 'port'>): boolean {
  const host = bare(address.hostname);
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || isMatch(entry.toLowerCase(), host, address.port));
}

function isMatch(entry: string, host: string, port: number): boolean {
  if (isIP(host) !== 0 && isInNetwork(entry, host)) return true;
  const { name, only } = splitPort(entry);
  if (only !== undefined && only !== port) return false;
  if (isIP(host) !== 0) return isInNetwork(name, host);
  if (/^\*?\./.test(name)) return host.endsWith(name.replace('*', ''));
  return host === name || host.endsWith(`.${name}`);
}

// [::1], [::1]:443, host:443; an IPv6 address without brackets has no port.
function splitPort(entry: string): { readonly name: string; readonly only: number | undefined } {
  if (isIPv6(entry)) return { name: entry, only: undefined };
  const match = /^(.*?):(\d{1,5})$/.exec(entry);
  return { name: bare(match?.[1] ?? entry), only: match === null ? undefined : Number(match[2]) };
}

function isInNetwork(network: string, host: string): boolean {
  const [base = '', bits, ...rest] = network.split('/');
  const family = isIP(base) === 4 ? 'ipv4' : 'ipv6';
  const widest = family === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? widest : Number(bits);
  const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && prefix <= widest);
  if (isIP(base) === 0 || !isPrefix || rest.length > 0) return false;
  const hosts = new BlockList();
  hosts.addSubnet(base, prefix, family);
  return hosts.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}
