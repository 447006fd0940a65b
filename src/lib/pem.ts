// Certificates out of a text in PEM.
import { X509Certificate } from 'node:crypto';

/** Undefined where there is none, or one of them cannot be read. */
export function certificatesOf(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  try {
    return blocks?.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}
