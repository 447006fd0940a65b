// Tests run in a size that a person waits for, or in full with `make test-long`.
import { env } from 'node:process';

export function testSize<T>(sizes: { readonly usual: T; readonly full: T }): T {
  return env.CONFROLL_TEST_SIZE === 'full' ? sizes.full : sizes.usual;
}
