// What is plainly no secret although it has the shape of one: examples of documentation, and what templates put in place.

const words =
  /example|sample|placeholder|changeme|change_me|redacted|dummy|fake|your|xxxx|\.\.\.|012345|123456|abcdef|(.)\1{5}/i;
// Further in, chance alone brings such words.
const lookedAt = 80;
// Of random letters and digits 20 have some 17 different ones.
const fewest = 7;

export function isMadeUp(secret: string): boolean {
  const head = secret.slice(0, lookedAt);
  return words.test(head) || new Set(head).size < fewest || published.some((known) => secret.includes(known));
}

// Keys of local emulators, the same for everybody: Azurite's and that of Azure Cosmos DB.
const published = [
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq',
  'C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw',
];
